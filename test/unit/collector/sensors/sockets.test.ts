import { describe, expect, it } from 'vitest';
import type { SocketRow } from '../../../../collector/procfs/net-table.ts';
import { createSockets } from '../../../../collector/sensors/sockets.ts';

function row(local: string, remote: string, { state = 'ESTABLISHED', transport = 'tcp', inode = '9' } = {}): SocketRow {
  const [ip = '', port = ''] = local.split(' ');
  const [remoteIp = '', remotePort = ''] = remote.split(' ');
  return {
    transport: transport === 'udp' ? 'udp' : 'tcp',
    local: { ip, port: Number(port) },
    remote: { ip: remoteIp, port: Number(remotePort) },
    state,
    inode,
  };
}
const listening = (local: string) => row(local, '0.0.0.0 0', { state: 'LISTEN' });
const directions = (...rows: SocketRow[]) =>
  createSockets()
    .fresh('n', rows)
    .map(({ direction, row: { local, remote } }) => [direction, local.port, remote.port]);

describe('new sockets', () => {
  it('are told once, also when they move on to TIME_WAIT and lose their inode', () => {
    const sockets = createSockets();
    const connected = row('10.0.0.2 40000', '1.1.1.1 443', { state: 'SYN_SENT' });
    expect(sockets.fresh('n', [connected])).toHaveLength(1);
    expect(sockets.fresh('n', [{ ...connected, state: 'ESTABLISHED' }])).toEqual([]);
    expect(sockets.fresh('n', [{ ...connected, state: 'TIME_WAIT', inode: '0' }])).toEqual([]);
    expect(sockets.fresh('n', [])).toEqual([]);
    // The same ports again are another connection.
    expect(sockets.fresh('n', [connected])).toHaveLength(1);
  });

  it('that are only seen when they are over already are told too', () => {
    expect(directions(row('10.0.0.2 40000', '1.1.1.1 443', { state: 'TIME_WAIT', inode: '0' }))).toEqual([
      ['egress', 40_000, 443],
    ]);
  });

  it('are ingress where somebody listens on the port, egress elsewhere', () => {
    expect(
      directions(
        listening('0.0.0.0 80'),
        row('10.0.0.2 80', '10.0.0.9 51000'),
        row('10.0.0.2 40000', '10.0.0.9 80'),
        row('10.0.0.2 81', '10.0.0.9 51001', { state: 'SYN_RECV' }),
      ),
    ).toEqual([
      ['listen', 80, 0],
      ['ingress', 80, 51_000],
      ['egress', 40_000, 80],
      ['ingress', 81, 51_001],
    ]);
  });

  it('are there for the first time when nothing like them was, at the first look or since', () => {
    const sockets = createSockets();
    const told = (...rows: SocketRow[]) =>
      sockets.fresh('n', rows).map(({ row: { local, remote }, firstTime }) => [local.port, remote.port, firstTime]);
    const web = listening('0.0.0.0 80');
    const shell = listening('0.0.0.0 4444');
    const database = (port: number) => row(`10.0.0.2 ${port}`, '10.0.0.9 5432');
    expect(told(web, database(40_000))).toEqual([
      [80, 0, false],
      [40_000, 5_432, false],
    ]);
    expect(told(web, database(40_001), shell)).toEqual([
      [40_001, 5_432, false],
      [4_444, 0, true],
    ]);
    expect(told(row('10.0.0.2 40002', '10.0.0.9 22'), row('10.0.0.2 40003', '10.0.0.9 22'))).toEqual([
      [40_002, 22, true],
      [40_003, 22, false],
    ]);
    // A server that is started again, and one that is asked, bring nothing new.
    expect(told(web, shell)).toEqual([
      [80, 0, false],
      [4_444, 0, false],
    ]);
    expect(told(web, row('10.0.0.2 80', '10.0.0.9 51000'))).toEqual([[80, 51_000, false]]);
    sockets.keep(new Set());
    expect(told(shell)).toEqual([[4_444, 0, false]]);
  });

  it('are not called new by who has seen more than is kept', () => {
    const sockets = createSockets();
    const many = Array.from({ length: 5_000 }, (_, i) =>
      row('10.0.0.2 40000', `10.1.${Math.floor(i / 250)}.${i % 250} 80`),
    );
    sockets.fresh('n', many);
    expect(sockets.fresh('n', [row('10.0.0.2 40000', '10.9.9.9 22')])[0]?.firstTime).toBe(false);
  });

  it('stay ingress when the listener is gone', () => {
    const sockets = createSockets();
    sockets.fresh('n', [listening('0.0.0.0 80')]);
    expect(sockets.fresh('n', [row('10.0.0.2 80', '10.0.0.9 51000')])[0]?.direction).toBe('ingress');
  });

  it('of a container with itself are told once, as its client sees it', () => {
    expect(
      directions(listening('0.0.0.0 80'), row('10.0.0.2 80', '10.0.0.2 40000'), row('10.0.0.2 40000', '10.0.0.2 80')),
    ).toEqual([
      ['listen', 80, 0],
      ['egress', 40_000, 80],
    ]);
  });

  it('of a network with itself keep the client’s process, in whichever order the kernel lists them', () => {
    const rows = [
      listening('0.0.0.0 80'),
      row('127.0.0.1 40000', '127.0.0.1 80', { inode: 'client' }),
      row('127.0.0.1 80', '127.0.0.1 40000', { inode: 'server' }),
    ];
    for (const order of [rows, rows.toReversed()]) {
      const inodes = createSockets()
        .fresh('n', order)
        .map((sighting) => sighting.row.inode);
      expect(inodes).toContain('client');
      expect(inodes).not.toContain('server');
    }
    expect(
      createSockets()
        .fresh('n', rows, true)
        .map((sighting) => [sighting.row.inode, sighting.direction]),
    ).toEqual([
      ['9', 'listen'],
      ['client', 'egress'],
      ['server', 'ingress'],
    ]);
  });

  it('leave out the engine’s resolver and what says nothing', () => {
    expect(
      directions(
        listening('127.0.0.11 37165'),
        row('127.0.0.1 40000', '127.0.0.11 53', { transport: 'udp' }),
        row('0.0.0.0 40001', '0.0.0.0 0', { state: 'CLOSE' }),
        row('0.0.0.0 41000', '0.0.0.0 0', { state: 'CLOSE', transport: 'udp' }),
        row('0.0.0.0 53', '0.0.0.0 0', { state: 'CLOSE', transport: 'udp' }),
        row('10.0.0.2 41001', '1.1.1.1 53', { transport: 'udp' }),
      ),
    ).toEqual([
      ['listen', 53, 0],
      ['egress', 41_001, 53],
    ]);
  });

  it('of other networks are others, and forgotten with them', () => {
    const sockets = createSockets();
    const connected = row('10.0.0.2 40000', '1.1.1.1 443');
    expect(sockets.fresh('a', [connected])).toHaveLength(1);
    expect(sockets.fresh('b', [connected])).toHaveLength(1);
    sockets.keep(new Set(['b']));
    expect(sockets.fresh('a', [connected])).toHaveLength(1);
    expect(sockets.fresh('b', [connected])).toEqual([]);
  });
});

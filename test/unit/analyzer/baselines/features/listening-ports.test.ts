import { describe, expect, it } from 'vitest';
import { listeningPorts } from '../../../../../analyzer/baselines/features/listening-ports.ts';
import { egress } from '../../../../support/analyzer/observations.ts';
import { listening } from '../../../../support/analyzer/procfs-observations.ts';

type Socket = Parameters<typeof listening>[3];
const learns = (source: Parameters<typeof listening>[2], socket: Socket = { executable: '/app/server' }) =>
  listeningPorts.learns(listening('c1', 1, source, socket), {})[0];
const all = (port: number) => ({ ip: '0.0.0.0', port, scope: 'loopback' });
const local = (port: number) => ({ ip: '127.0.0.1', port, scope: 'loopback' });

describe('listening ports', () => {
  it('are one item in either version of IP, and at whatever address of a kind', () => {
    expect(learns(all(80))?.key).toBe(learns({ ip: '::', port: 80, scope: 'loopback' })?.key);
    const at = (ip: string) => learns({ ip, port: 80, scope: 'private' })?.key;
    expect(at('172.18.0.3')).toBe(at('172.18.0.9'));
  });

  it('are another item for another port, transport, reach or program', () => {
    const keys = [
      learns(all(80)),
      learns(all(81)),
      learns(all(80), { executable: '/app/server', transport: 'udp' }),
      learns(local(80)),
      learns(all(80), { executable: '/bin/nc' }),
      learns(all(80), {}),
    ].map((item) => item?.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each<[string, Socket, ReturnType<typeof all>]>([
    ['within the container', {}, local(40_001)],
    ['UDP', { transport: 'udp' }, all(40_001)],
    ['a container that does not run as root', { runs_as_root: false }, all(40_001)],
  ])('that were handed out are one item for a program: %s', (_what, socket, source) => {
    const mine = { executable: '/app/server', ...socket };
    expect(learns(source, mine)?.key).toBe(learns({ ...source, port: 59_999 }, mine)?.key);
    expect(learns(source, mine)?.text).toContain('<ephemeral>');
    expect(learns(source, mine)?.key).not.toBe(learns(source, { ...mine, executable: '/bin/nc' })?.key);
    expect(learns(source, mine)?.key).not.toBe(learns({ ...source, port: 32_767 }, mine)?.key);
  });

  it.each<[string, Socket]>([
    ['as root, for everybody', { executable: '/app/server', runs_as_root: true }],
    ['by nobody knows what', { runs_as_root: false }],
    ['exposed', { executable: '/app/server', runs_as_root: false, exposed: true }],
  ])('of that range are each a thing of its own: %s', (_what, socket) => {
    expect(learns(all(40_001), socket)?.key).not.toBe(learns(all(40_002), socket)?.key);
  });

  it('say where they can be reached and by what program', () => {
    expect(learns(all(80))?.text).toBe('port 80/tcp of all addresses by /app/server');
    expect(learns(local(80), {})?.text).toBe('port 80/tcp of loopback');
  });

  it('leave out what goes out', () => {
    expect(listeningPorts.learns(egress('c1', 1, { ip: '192.0.2.1', port: 443 }), {})).toEqual([]);
  });
});

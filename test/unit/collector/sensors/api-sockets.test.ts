import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseUnixTable } from '../../../../collector/procfs/unix-table.ts';
import { type ApiSocketsOptions, createApiSocketsSensor } from '../../../../collector/sensors/api-sockets.ts';
import { createCreators } from '../../../../collector/sensors/api-sockets-creators.ts';
import { createSeenConnections } from '../../../../collector/sensors/api-sockets-seen.ts';
import { runtimeDoor, runtimeRows } from '../../../../collector/sensors/api-sockets-table.ts';
import { createToldOnce } from '../../../../collector/sensors/api-sockets-told.ts';
import type { SweptContainer } from '../../../../collector/sweeps.ts';
import { firstOf, restless, swept } from '../../../support/collector/sweeps.ts';
import { fakeProcfs } from '../../../support/procfs.ts';

describe('/proc/PID/net/unix', () => {
  it('is read row by row', () => {
    const text = `Num       RefCount Protocol Flags    Type St Inode Path
000000007f06c1eb: 00000003 00000000 00000000 0001 03 66160 /any/docker.sock
00000000f266f1da: 00000003 00000000 00000000 0001 03 66159
00000000f266f1db: 00000002 00000000 00010000 0001 01 700 /a b
00000000f266f1dc: 00000002 00000000 00000000 0001 02     0 @/x
garbage
`;
    expect(parseUnixTable(text)).toEqual([
      { listening: false, connected: true, inode: '66160', path: '/any/docker.sock' },
      { listening: false, connected: true, inode: '66159', path: '' },
      { listening: true, connected: false, inode: '700', path: '/a b' },
      { listening: false, connected: false, inode: '0', path: '@/x' },
    ]);
  });

  it.each([
    ['/var/run/docker.sock', 'api'],
    ['/run/containerd/containerd.sock', 'api'],
    ['/srv/engine', 'api'],
    ['/run/containerd/s/0a1b', 'shim'],
    ['@/containerd-shim/moby/0a1b/shim.sock', 'shim'],
    ['@/run/containerd/s/0a1b', 'shim'],
    ['/run/mysqld/mysqld.sock', undefined],
    ['@docker.sock', undefined],
  ])('%s is %s', (path, door) => {
    expect(runtimeDoor(path, [{ path: '/srv/engine' }])).toBe(door);
  });

  it('has connections to runtimes, and says where somebody listens at the same path', () => {
    const row = { listening: false, connected: true, inode: '1', path: '/run/docker.sock' };
    const listener = { ...row, listening: true, connected: false, inode: '2' };
    expect(runtimeRows([row, { ...row, inode: '0' }, { ...row, connected: false }, { ...row, path: '' }], [])).toEqual([
      { inode: '1', path: '/run/docker.sock', door: 'api', served: false },
    ]);
    expect(runtimeRows([row, listener], [])).toMatchObject([{ inode: '1', served: true }]);
  });
});

describe('connections that are alike', () => {
  it('are told once an hour, with how many there were', () => {
    const told = createToldOnce();
    expect(told.next('a x', 0)).toEqual({ isTold: true, untold: 0 });
    expect(told.next('a x', 1)).toEqual({ isTold: false, untold: 0 });
    expect(told.next('a y', 1)).toEqual({ isTold: true, untold: 0 });
    expect(told.next('a x', 3_600_000)).toEqual({ isTold: true, untold: 1 });
    told.keep(new Set(['b']));
    expect(told.next('a x', 3_600_001)).toEqual({ isTold: true, untold: 0 });
  });
});

let host: ReturnType<typeof fakeProcfs>;
beforeEach(() => {
  host = fakeProcfs();
});
afterEach(() => host.remove());

it('a new connection is seen behind however many that stand open', () => {
  const seen = createSeenConnections();
  const network = { key: 'n', container: swept('web', 10) };
  const rows = Array.from({ length: 300 }, (_, index) => ({
    inode: String(index + 1),
    path: '/run/docker.sock',
    door: 'api' as const,
    served: false,
  }));
  expect(seen.look(network, rows, 2_000)).toHaveLength(256);
  expect(seen.look(network, rows, 2_100)).toEqual([]);
  const late = { ...rows[0], inode: '999', path: '/run/docker.sock', door: 'api' as const, served: false };
  expect(seen.look(network, [...rows, late], 2_200)).toMatchObject([{ inode: '999', before: 2_100 }]);
  expect(seen.all()).toHaveLength(256);
  expect(seen.all().at(-1)?.inode).toBe('999');
});

const reaches = () => true;

function sensor(containers: readonly SweptContainer[], more: Partial<ApiSocketsOptions> = {}) {
  return createApiSocketsSensor({
    procfs: host.procfs,
    ...restless,
    creators: createCreators({ reaches }),
    containers: () => containers,
    reaching: () => new Set(containers.map(({ id }) => id)),
    sockets: () => Promise.resolve([{ path: '/srv/engine.sock' }]),
    now: () => 2_000,
    ...more,
  });
}

const observed = (count: number, ...args: Parameters<typeof sensor>) => firstOf(sensor(...args), count);

const api = { inode: 100, path: '/srv/engine.sock' };
const client = { inode: 101 };

describe('the api-sockets sensor', () => {
  it('tells which container uses the engine’s API, with the process', async () => {
    host.addProcess({ pid: 10, container: 'web', sockets: [101], args: ['/usr/bin/curl', 'x'] });
    host.setUnix(10, [api, client]);
    const found = await observed(1, [swept('web', 10)]);
    expect(found).toMatchObject([
      {
        kind: 'connection',
        at: 2_000,
        event: { source: 'procfs', action: 'connect' },
        container: { id: 'web' },
        network: {
          direction: 'egress',
          transport: 'unix',
          state: 'ESTABLISHED',
          socket_inode: '100',
          unix_path: '/srv/engine.sock',
          runtime_socket: 'api',
        },
        process: { pid: 10, executable: '/usr/bin/curl', args: ['/usr/bin/curl', 'x'] },
      },
    ]);
    expect(await observed(1, [swept('web', 10)])).toEqual(found);
  });

  it('does not name a process where several could be the client', async () => {
    host.addProcess({ pid: 10, container: 'web', sockets: [101], args: ['/a'] });
    host.addProcess({ pid: 11, container: 'web', sockets: [102], args: ['/b'] });
    host.setUnix(10, [api, client, { inode: 102 }]);
    expect((await observed(1, [swept('web', 10)]))[0]).not.toHaveProperty('process');
  });

  it('says nothing of an engine in the container itself, but does not believe a mere listener', async () => {
    const listener = { inode: 50, path: '/srv/engine.sock', listening: true };
    host.addProcess({ pid: 10, container: 'dind', namespace: 1, sockets: [50, 100, 101] });
    host.setUnix(10, [listener, api, client]);
    host.addProcess({ pid: 20, container: 'decoy', namespace: 2, sockets: [60, 201] });
    host.setUnix(20, [{ ...listener, inode: 60 }, { ...api, inode: 200 }, { inode: 201 }]);
    expect(await observed(1, [swept('dind', 10), swept('decoy', 20)])).toMatchObject([{ container: { id: 'decoy' } }]);
  });

  it('believes no listener where nobody in the containers has the connection, as long as it is there', async () => {
    const listener = { inode: 50, path: '/srv/engine.sock', listening: true };
    host.addProcess({ pid: 10, container: 'decoy', sockets: [50] });
    host.setUnix(10, [listener, api, client]);
    expect(await observed(1, [swept('decoy', 10)])).toMatchObject([{ container: { id: 'decoy' } }]);
  });

  it('lays nothing to a container that cannot reach a runtime’s socket', async () => {
    const creators = createCreators({ reaches });
    host.addProcess({ pid: 10, container: 'web', sockets: [101] });
    host.setUnix(10, [api, client]);
    await new Promise<void>((resolve) => {
      const subscription = sensor([swept('web', 10)], { creators, reaching: () => new Set() })
        .observe()
        .subscribe(() => {
          expect(creators.of({ container: 'new', at: 2_001 })).toBeUndefined();
          subscription.unsubscribe();
          resolve();
        });
    });
  });

  it.each([
    ['a client’s side', [101], 'observed', undefined],
    ['both sides', [100, 101], 'possible', undefined],
    ['neither side', [], 'possible', undefined],
    ['a client’s side, and not the address where the engine is asked,', [101], 'observed', '172.18.0.9'],
    // What it passes on are our own requests.
    ['a client’s side, and the address where the engine is asked,', [101], undefined, '172.18.0.2'],
  ])('holds who has %s for the one who asked: %s', async (_what, sockets, certainty, address) => {
    const creators = createCreators({ reaches });
    const engineAddress = () => Promise.resolve(address);
    host.addProcess({ pid: 10, container: 'web', sockets, addresses: ['172.18.0.2'] });
    host.setCgroup('web', [10]);
    host.setUnix(10, []);
    let now = 2_000;
    let turns = 0;
    const found: unknown[] = [];
    const containers = () => {
      turns += 1;
      if (turns === 3) {
        host.setUnix(10, [api, client]);
        found.push(creators.of({ container: 'new', at: now })?.certainty);
      }
      return [swept('web', 10)];
    };
    const reaching = () => new Set(['web']);
    const subscription = sensor([], { creators, containers, reaching, engineAddress, now: () => now++ })
      .observe()
      .subscribe();
    await vi.waitFor(() => expect(found).toEqual([certainty]));
    subscription.unsubscribe();
  });

  it('in a shared namespace tells of the container whose process is the client', async () => {
    host.addProcess({ pid: 10, container: 'vpn', namespace: 7 });
    host.addProcess({ pid: 20, container: 'app', namespace: 7, sockets: [101] });
    for (const pid of [10, 20]) host.setUnix(pid, [api, client]);
    expect(await observed(1, [swept('vpn', 10), swept('app', 20)])).toMatchObject([{ container: { id: 'app' } }]);
  });

  it('leaves the host’s network alone: there every client of the host stands in the table', async () => {
    host.addProcess({ pid: 10, container: 'agent', namespace: 7, sockets: [101] });
    host.setUnix(10, [api, client]);
    host.addProcess({ pid: 20, container: 'web', namespace: 8, sockets: [301] });
    host.setUnix(20, [{ ...api, inode: 300 }, { inode: 301 }]);
    const found = await observed(1, [swept('agent', 10, { hostNetwork: true }), swept('web', 20)]);
    expect(found).toMatchObject([{ container: { id: 'web' } }]);
  });

  it('looks at once when something is asked for, and tells of the connection by which it was', async () => {
    const creators = createCreators({ reaches });
    host.addProcess({ pid: 10, container: 'web', sockets: [101], args: ['/usr/bin/curl'] });
    host.setUnix(10, [api, client]);
    let now = 2_000;
    let turns = 0;
    const containers = () => {
      turns += 1;
      // Told, then closed; a second one like it is not told until something is asked for through it.
      if (turns === 3) host.setUnix(10, []);
      if (turns === 5) {
        now = 2_500;
        host.setUnix(10, [{ ...api, inode: 400 }, client]);
        expect(creators.of({ container: 'new', at: 2_450 })).toMatchObject({
          container_id: 'web',
          certainty: 'observed',
        });
      }
      return [swept('web', 10)];
    };
    const found = await observed(2, [swept('web', 10)], { containers, creators, now: () => now });
    expect(found.map(({ network, at }) => [network?.socket_inode, at])).toEqual([
      ['100', 2_000],
      ['400', 2_500],
    ]);
  });

  it('says why it cannot work', async () => {
    expect(await sensor([], { procfs: '' }).available()).toContain('engine.procfs is empty');
  });
});

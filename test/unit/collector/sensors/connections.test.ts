import { firstValueFrom, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectionsOptions, createConnectionsSensor } from '../../../../collector/sensors/connections.ts';
import { createGivenNames } from '../../../../collector/sensors/dns/given-names.ts';
import type { SweptContainer } from '../../../../collector/sweeps.ts';
import { firstOf, restless, swept } from '../../../support/collector/sweeps.ts';
import { fakeProcfs } from '../../../support/procfs.ts';

let host: ReturnType<typeof fakeProcfs>;
beforeEach(() => {
  host = fakeProcfs();
});
afterEach(() => host.remove());

function sensor(containers: readonly SweptContainer[], more: Partial<ConnectionsOptions> = {}) {
  return createConnectionsSensor({
    procfs: host.procfs,
    ...restless,
    containers: () => containers,
    now: () => 2_000,
    ...more,
  });
}

const observed = (count: number, ...args: Parameters<typeof sensor>) => firstOf(sensor(...args), count);

describe('the connections sensor', () => {
  it('tells who connects where, with the process that does', async () => {
    host.addProcess({ pid: 10, container: 'web', sockets: [77], args: ['/usr/bin/curl', 'http://x'] });
    host.setSockets(10, [{ local: '172.18.0.2:50000', remote: '169.254.169.254:80', state: '02', inode: 77 }]);
    const [found] = await observed(1, [swept('web', 10)]);
    expect(found).toMatchObject({
      kind: 'connection',
      at: 2_000,
      event: { source: 'procfs', action: 'connect' },
      container: { id: 'web' },
      network: { direction: 'egress', transport: 'tcp', state: 'SYN_SENT', socket_inode: '77' },
      source: { ip: '172.18.0.2', port: 50_000, scope: 'private' },
      destination: { ip: '169.254.169.254', port: 80, scope: 'link-local' },
      process: { pid: 10, executable: '/usr/bin/curl', name: 'curl', args: ['/usr/bin/curl', 'http://x'] },
    });
  });

  it('gives the same socket the same id, after a restart too', async () => {
    host.addProcess({ pid: 10, container: 'web', sockets: [77] });
    host.setSockets(10, [
      { local: '172.18.0.2:50000', remote: '1.1.1.1:80', inode: 77 },
      { local: '172.18.0.2:50001', remote: '1.1.1.1:80', state: '06', inode: 0 },
    ]);
    const first = await observed(2, [swept('web', 10)]);
    const again = await observed(2, [swept('web', 10)]);
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(new Set(first.map(({ id }) => id)).size).toBe(2);
    expect(first[1]?.network?.socket_inode).toBeUndefined();
  });

  it('has who began as the source of what comes in', async () => {
    host.addProcess({ pid: 10, container: 'web', sockets: [1, 2] });
    host.setSockets(10, [
      { local: '0.0.0.0:80', state: '0A', inode: 1 },
      { local: '172.18.0.2:80', remote: '172.18.0.9:51000', inode: 2 },
    ]);
    const [listen, ingress] = await observed(2, [swept('web', 10)]);
    expect(listen).toMatchObject({ event: { action: 'listen' }, source: { ip: '0.0.0.0', port: 80 } });
    expect(listen?.destination).toBeUndefined();
    expect(ingress).toMatchObject({
      network: { direction: 'ingress' },
      source: { ip: '172.18.0.9', port: 51_000 },
      destination: { ip: '172.18.0.2', port: 80 },
    });
  });

  it('names the sibling on the other side', async () => {
    host.addProcess({ pid: 10, container: 'web', namespace: 1, addresses: ['172.18.0.2'] });
    host.addProcess({ pid: 20, container: 'database', namespace: 2, addresses: ['172.18.0.3'] });
    host.setSockets(10, [{ local: '172.18.0.2:50000', remote: '172.18.0.3:5432', inode: 5 }]);
    host.setSockets(20, []);
    const [found] = await observed(1, [swept('web', 10), swept('database', 20)]);
    expect(found?.destination).toMatchObject({ container_id: 'database', port: 5432 });
    expect(found?.source?.container_id).toBeUndefined();
  });

  it('says whether the sibling is of the same project', async () => {
    const of = (id: string, pid: number, project: string | undefined): SweptContainer => {
      const { container, workload } = swept(id, pid).at(0);
      return swept(id, pid, { at: () => ({ container: { ...container, ...(project && { project }) }, workload }) });
    };
    const sameProject = async (...projects: readonly (string | undefined)[]) => {
      host.remove();
      host = fakeProcfs();
      host.addProcess({ pid: 10, container: 'web', namespace: 1, addresses: ['172.18.0.2'] });
      host.addProcess({ pid: 20, container: 'database', namespace: 2, addresses: ['172.18.0.3'] });
      host.setSockets(10, [{ local: '172.18.0.2:50000', remote: '172.18.0.3:5432', inode: 5 }]);
      host.setSockets(20, []);
      const [found] = await observed(1, [of('web', 10, projects[0]), of('database', 20, projects[1])]);
      return found?.destination?.same_project;
    };
    expect(await sameProject('shop', 'shop')).toBe(true);
    expect(await sameProject('shop', 'mail')).toBe(false);
    expect(await sameProject(undefined, undefined)).toBe(false);
  });

  describe('with names that the engine gave addresses by', () => {
    const given = { name: 'cdn.example.com', addresses: [{ ip: '203.0.113.7', ttl: 60 }] };
    const fair = { mayForge: false, hasFarPeers: false, networks: ['front'] };
    const connected = async (containers: readonly SweptContainer[], namespace = 4_000) => {
      const names = createGivenNames();
      names.give(namespace, given, 1_999);
      host.addProcess({ pid: 10, container: 'web', namespace: 4_000, addresses: ['172.18.0.2'] });
      host.addProcess({ pid: 20, container: 'other', namespace: 5_000, addresses: ['172.18.0.3'] });
      host.setSockets(10, [{ local: '172.18.0.2:50000', remote: '203.0.113.7:443', inode: 1 }]);
      const [found] = await observed(1, containers, { names });
      return found?.destination;
    };

    it('has the name of where it connects to', async () => {
      expect(await connected([swept('web', 10, fair)])).toMatchObject({ ip: '203.0.113.7', domain: 'cdn.example.com' });
    });

    it('has none that was given to others', async () => {
      expect((await connected([swept('web', 10, fair)], 5_000))?.domain).toBeUndefined();
    });

    it('has none where the container, or another on its networks, may forge answers', async () => {
      expect((await connected([swept('web', 10)]))?.domain).toBeUndefined();
      const neighbour = (networks: readonly string[]) =>
        swept('other', 20, { mayForge: true, hasFarPeers: false, networks });
      expect((await connected([swept('web', 10, fair), neighbour(['front'])]))?.domain).toBeUndefined();
      expect((await connected([swept('web', 10, fair), neighbour(['back'])]))?.domain).toBe('cdn.example.com');
    });

    it('has none of a neighbour, of the host, or of who connects to it', async () => {
      host.addProcess({ pid: 30, container: 'near', namespace: 6_000, addresses: ['203.0.113.7'] });
      expect(await connected([swept('web', 10, fair), swept('near', 30, { mayForge: false })])).toEqual({
        ip: '203.0.113.7',
        port: 443,
        scope: 'public',
        container_id: 'near',
        same_project: false,
      });
      host.addProcess({ pid: 1, namespace: 9, addresses: ['203.0.113.7'] });
      expect(await connected([swept('web', 10, fair)])).toMatchObject({ is_host: true });
      expect((await connected([swept('web', 10, fair)]))?.domain).toBeUndefined();
      host.removeProcess(1);
      const names = createGivenNames();
      names.give(4_000, given, 1_999);
      host.setSockets(10, [
        { local: '0.0.0.0:80', state: '0A', inode: 1 },
        { local: '172.18.0.2:80', remote: '203.0.113.7:51000', inode: 2 },
      ]);
      const [, ingress] = await observed(2, [swept('web', 10, fair)], { names });
      expect(ingress).toMatchObject({ network: { direction: 'ingress' }, source: { ip: '203.0.113.7' } });
      expect(ingress?.source?.domain).toBeUndefined();
    });
  });

  it('knows the host by its own addresses and as the gateway', async () => {
    host.addProcess({ pid: 1, namespace: 9, addresses: ['10.0.0.1', '172.17.0.1'] });
    host.addProcess({ pid: 10, container: 'web', addresses: ['172.18.0.2'], gateway: '172.18.0.1' });
    host.setSockets(10, [
      { local: '172.18.0.2:50000', remote: '172.17.0.1:22', inode: 1 },
      { local: '172.18.0.2:50001', remote: '172.18.0.1:22', inode: 2 },
      { local: '172.18.0.2:50002', remote: '10.0.0.2:22', inode: 3 },
    ]);
    const found = await observed(3, [swept('web', 10)]);
    expect(found.map(({ destination }) => [destination?.ip, destination?.is_host])).toEqual([
      ['172.17.0.1', true],
      ['172.18.0.1', true],
      ['10.0.0.2', undefined],
    ]);
  });

  it('says whether a listener is one that the configuration names, and whether all networks are internal', async () => {
    host.addProcess({ pid: 10, container: 'web' });
    host.setSockets(10, [
      { local: '0.0.0.0:80', state: '0A', inode: 1 },
      { local: '0.0.0.0:81', state: '0A', inode: 2 },
      { local: '172.18.0.2:50000', remote: '1.1.1.1:443', inode: 3 },
    ]);
    const found = await observed(3, [swept('web', 10, { exposedPorts: ['80/tcp', '81/udp'], internalOnly: true })]);
    expect(found.map(({ network }) => [network?.exposed, network?.internal_only])).toEqual([
      [true, undefined],
      [false, undefined],
      [undefined, true],
    ]);
  });

  it('gives a socket of a shared namespace to the container whose process owns it, once', async () => {
    host.addProcess({ pid: 10, container: 'vpn', namespace: 7, sockets: [1] });
    host.addProcess({ pid: 20, container: 'app', namespace: 7, sockets: [2] });
    for (const pid of [10, 20])
      host.setSockets(pid, [
        { local: '172.18.0.2:50001', remote: '1.1.1.1:443', inode: 1 },
        { local: '172.18.0.2:50002', remote: '2.2.2.2:443', inode: 2 },
        { local: '172.18.0.2:50003', remote: '3.3.3.3:443', state: '06', inode: 0 },
      ]);
    const found = await observed(3, [swept('app', 20, { startedAt: 1_500 }), swept('vpn', 10)]);
    expect(found.map(({ container, destination }) => [container?.id, destination?.ip])).toEqual([
      ['vpn', '1.1.1.1'],
      ['app', '2.2.2.2'],
      // Nobody owns it any more: told of the one whose namespace it is.
      ['vpn', '3.3.3.3'],
    ]);
  });

  it('on the host’s network tells only what a container’s process owns', async () => {
    host.addProcess({ pid: 1, namespace: 9, sockets: [100], args: ['/sbin/init'] });
    host.addProcess({ pid: 30, container: 'agent', namespace: 9, sockets: [200] });
    host.setSockets(30, [
      { local: '0.0.0.0:22', state: '0A', inode: 100 },
      { local: '10.0.0.1:40000', remote: '1.1.1.1:443', state: '06', inode: 0 },
      { local: '10.0.0.1:40001', remote: '1.1.1.1:443', inode: 200 },
    ]);
    const [found] = await observed(1, [swept('agent', 30, { hostNetwork: true })]);
    expect(found?.network?.socket_inode).toBe('200');
    expect(found?.process?.pid).toBe(30);
  });

  it('looks at a quiet container slowly and at one in which something began at once', async () => {
    host.addProcess({ pid: 10, container: 'web' });
    host.setSockets(10, []);
    const stirred$ = new Subject<string>();
    const old = swept('web', 10, { startedAt: -1_000_000 });
    let now = 0;
    let seen = 0;
    const containers = () => {
      seen += 1;
      // The clock stands still, so that only a stir makes the container due again.
      if (seen === 3) host.setSockets(10, [{ local: '172.18.0.2:1', remote: '1.1.1.1:1', inode: 8 }]);
      if (seen === 6) {
        now = 5;
        stirred$.next('web');
      }
      return [old];
    };
    const found = firstValueFrom(
      sensor([old], { containers, stirred$, slowMs: 100_000, now: () => now + 200_000 }).observe(),
    );
    expect(await found).toMatchObject({ at: 200_005, network: { socket_inode: '8' } });
    expect(seen).toBeGreaterThanOrEqual(6);
  });

  it('says why it cannot work', async () => {
    expect(await sensor([], { procfs: '' }).available()).toContain('engine.procfs is empty');
    expect(await sensor([]).available()).toContain('not readable');
    host.addProcess({ pid: 1 });
    host.setSockets(1, []);
    expect(await sensor([]).available()).toBeUndefined();
  });
});

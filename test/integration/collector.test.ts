import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../shared/observation.ts';
import { type Collected, openCollected } from '../support/collector/collected.ts';
import { startProxy } from '../support/collector/proxy.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';

let lab: Lab;
let collected: Collected;
beforeAll(() => {
  lab = startLab();
});
afterAll(() => lab.stop());
beforeEach(async () => {
  collected = await openCollected();
});
afterEach(async () => {
  await collected.close();
  await lab.clean();
});

/** The first observation that fits; fails with what there was. */
async function seen(what: string, fits: (observation: Observation) => boolean): Promise<Observation> {
  let all: readonly Observation[] = [];
  return eventually(
    async () => {
      all = await collected.observations();
      return all.find(fits);
    },
    () => `not seen: ${what}\nof:\n${all.map(line).join('\n')}`,
  );
}
const line = ({ kind, event, container, exec, gap }: Observation): string =>
  `${kind} ${event.action} ${container?.name ?? ''} ${exec?.command ?? ''} ${gap?.text ?? ''}`;
const connected = async (host = lab.host, engine?: object) => {
  const collector = await collected.start(host, engine);
  // Without a cursor what happens now may still be taken for what was there before.
  await eventually(() => (collector.status().connected && collector.status().sensors.exec) || undefined);
  await new Promise((resolve) => setTimeout(resolve, 500));
  return collector;
};
const gaps = async () => (await collected.observations()).flatMap(({ gap }) => (gap === undefined ? [] : [gap.reason]));

describe('a watched engine', () => {
  it('has each event told with the facts of its container', async () => {
    const collector = await connected();
    await lab.sh('docker run -d --name web --user 1000 --network none -v /etc:/host:ro lab/bb:1 >/dev/null');
    await lab.sh('docker exec --user +0 web id -u; docker rename web node-exportr; docker network create back');
    await lab.sh('docker update --restart always --memory 64m --memory-swap 64m node-exportr');
    await lab.sh('docker run -d --name app lab/bb:1; docker network connect back app; docker rm -f node-exportr');
    const mount = await seen('mount', ({ mount, event }) => mount !== undefined && event.action === 'create');
    expect(mount).toMatchObject({
      kind: 'container_configuration',
      mount: { source_real: '/etc', rw: false, destination: '/host' },
      container: { name: 'web', user_uid: 1000, runs_as_root: false },
    });
    const exec = await seen('exec', ({ kind, event }) => kind === 'exec' && event.action === 'exec_create');
    expect(exec).toMatchObject({ exec: { args: ['id', '-u'], uid: 0, privileged: false, resolved: true } });
    const died = await seen('exec_die', ({ event }) => event.action === 'exec_die');
    expect(died).toMatchObject({ event: { outcome: 'success' }, exec: { id: exec.exec?.id, exit_code: 0 } });
    const renamed = await seen('rename', ({ docker }) => docker?.rename !== undefined);
    expect(renamed.docker?.rename).toEqual({ from: 'web', to: 'node-exportr', resembles: 'node-exporter' });
    const updated = await seen('update', ({ change }) => change !== undefined);
    expect(updated.change?.raised).toContain('restart_policy');
    const connect = await seen('connect', ({ kind, network }) => kind === 'network' && network?.name === 'back');
    const joined = await seen(
      'connect of app',
      ({ event, network, container }) =>
        event.action === 'connect' && network?.name === 'back' && container?.name === 'app',
    );
    expect(joined.container).toMatchObject({ state: 'running' });
    expect(joined.container?.age_s).toBeGreaterThan(0);
    expect(connect.event.source).toBe('docker-event');
    const destroyed = await seen(
      'destroy',
      ({ event, container }) => event.action === 'destroy' && container?.name === 'node-exportr',
    );
    expect(destroyed.container?.image.name).toBe('lab/bb:1');
    expect(await gaps()).toEqual([]);
    expect(collector.status()).toMatchObject({ coverage: { engine: 'full', procfs: 'full' }, missing: [] });
  });

  it('that refuses to run a program says so only when asked (L6)', async () => {
    await connected();
    await lab.sh('docker run -d --name bare --network none lab/bb:1; docker exec --privileged bare nosuch || true');
    const refused = await seen('refusal', ({ event }) => event.action === 'exec_refused');
    expect(refused).toMatchObject({ exec: { args: ['nosuch'], privileged: true, exit_code: 126 } });
  });

  it('does not get away with an execID from a label (L1)', async () => {
    await connected();
    await lab.sh('docker run -d --name innocent --network none lab/bb:1; docker exec innocent true');
    const innocent = await seen('innocent exec', ({ exec }) => exec?.command === 'true');
    await lab.sh(
      `docker run -d --name sly --network none --label execID=${innocent.exec?.id} --label exitCode=0 lab/bb:1`,
    );
    await lab.sh('docker exec --privileged -t sly sleep 2; docker exec sly sh -c "exit 3" || true');
    const own = ({ container }: Observation): boolean => container?.name === 'sly';
    const exec = await seen('exec', (one) => own(one) && one.event.action === 'exec_create');
    expect(exec).toMatchObject({
      exec: { args: ['sleep', '2'], privileged: true, tty: true, resolved: true },
    });
    expect(exec.event.distrusted).toContain('execID');
    expect(exec.exec?.id).not.toBe(innocent.exec?.id);
    const died = await seen('exec_die', (one) => own(one) && one.exec?.exit_code === 3);
    expect(died.event.outcome).toBe('failure');
  });

  it('has all execs of a flood told, or the gap said (R62)', async () => {
    await connected();
    await lab.sh('docker run -d --name busy --network none lab/bb:1 >/dev/null');
    await lab.sh(`for i in $(seq 120); do
      curl -s --unix-socket $S -H 'Content-Type: application/json' -d "{\\"Cmd\\":[\\"echo\\",\\"$i\\"],\\"Privileged\\":true}" \
        http://x/containers/busy/exec >/dev/null & done; wait`);
    const created = async () => (await collected.observations()).filter(({ event }) => event.action === 'exec_create');
    await eventually(async () => (await created()).length >= 120 || (await gaps()).length > 0 || undefined);
    const execs = await created();
    if ((await gaps()).length === 0) expect(new Set(execs.map(({ exec }) => exec?.command)).size).toBe(120);
    expect(execs.every(({ exec }) => exec?.privileged === true && exec.resolved)).toBe(true);
  });
});

describe('a collector that was away', () => {
  it('goes on where it stopped: nothing twice, nothing missing, no gap', async () => {
    const first = await connected();
    await lab.sh('docker run -d --name before --network none lab/bb:1 >/dev/null');
    await seen('before', ({ event, container }) => container?.name === 'before' && event.action === 'start');
    await first.stop();
    await lab.sh('docker create --name meanwhile --privileged lab/bb:1 >/dev/null; docker exec before id >/dev/null');
    await connected();
    const found = await seen(
      'meanwhile',
      ({ kind, container }) => kind === 'container_configuration' && container?.name === 'meanwhile',
    );
    expect(found).toMatchObject({ event: { action: 'create' }, container: { privileged: true } });
    await seen('exec', ({ exec }) => exec?.command === 'id');
    await lab.sh('docker rm -f before meanwhile >/dev/null');
    await seen('end', ({ event, container }) => event.action === 'destroy' && container?.name === 'meanwhile');
    const ids = (await collected.observations()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await gaps()).toEqual([]);
  });

  it('tells an engine that restarted meanwhile as a gap, and what it finds then', async () => {
    await lab.sh('docker run -d --name old --network none lab/bb:1 >/dev/null');
    const collector = await connected();
    const present = await seen(
      'old',
      ({ kind, container }) => kind === 'container_configuration' && container?.name === 'old',
    );
    expect(present.event.action).toBe('present');
    await lab.sh('docker exec old true');
    await seen('exec', ({ exec }) => exec?.command === 'true');
    lab.halt();
    const told = await eventually(() => collected.happenings.find(({ name }) => name === 'engineUnreachable'));
    expect(JSON.stringify(told)).toContain('start Docker');
    expect(collector.status()).toMatchObject({ connected: false, coverage: { engine: 'none' } });
    lab.start();
    await seen('gap', ({ gap }) => gap?.reason === 'engine-restarted');
    await lab.sh('docker start old >/dev/null');
    await seen('start', ({ event, container }) => event.action === 'start' && container?.name === 'old');
    expect(collected.happenings.filter(({ name }) => name === 'engineUnreachable')).toHaveLength(1);
  });
});

describe('through a read-only socket proxy', () => {
  it('everything is seen, and nothing can be changed', async () => {
    const proxy = await startProxy(lab.socket);
    try {
      const collector = await connected(proxy.host);
      await lab.sh('docker run -d --name web --network none -v vol:/data lab/bb:1 >/dev/null; docker exec -u 0 web id');
      const exec = await seen('exec', (one) => one.exec?.command === 'id');
      expect(exec.exec).toMatchObject({ resolved: true, privileged: false, uid: 0 });
      expect(collector.status()).toMatchObject({ coverage: { engine: 'full' }, missing: [] });
      const refused = await Promise.all(
        [
          ['POST', '/containers/web/kill'],
          ['GET', '/containers/web/logs?stdout=1'],
          ['GET', '/containers/web/archive?path=/etc'],
          ['GET', '/containers/web/export'],
          ['GET', '/containers/web/attach/ws?stdin=1'],
          ['GET', '/containers/web%2f..%2f..%2fsecrets/json'],
          ['DELETE', '/containers/web'],
        ].map(async ([method = '', path = '']) => (await fetch(proxy.url + path, { method })).status),
      );
      expect(refused).toEqual(Array(7).fill(403));
    } finally {
      await collected.close();
      proxy.stop();
      collected = await openCollected();
    }
  });

  it('that holds back exec inspect the commands are still seen, and what is missing is said', async () => {
    const proxy = await startProxy(lab.socket, (config) => config.replace('exec/[a-f0-9]+/json|', ''));
    try {
      const collector = await connected(proxy.host, { procfs: '', rootfs: '' });
      await lab.sh('docker run -d --name web --network none lab/bb:1 >/dev/null; docker exec web id -u');
      const exec = await seen('exec', (one) => one.exec?.command === 'id -u');
      expect(exec.exec).toMatchObject({ resolved: false, args: ['id', '-u'] });
      const { coverage, missing } = collector.status();
      expect(coverage).toMatchObject({ engine: 'partial', procfs: 'none' });
      expect(missing.join('\n')).toMatch(/exec inspect.*docs\/collector.md[\s\S]*bind sources[\s\S]*\/proc/);
    } finally {
      await collected.close();
      proxy.stop();
      collected = await openCollected();
    }
  });
});

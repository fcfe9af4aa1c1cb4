import { Subject } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../../collector/engine/event.ts';
import type { FeedItem } from '../../../../collector/engine/feed.ts';
import type { Prepared } from '../../../../collector/engine/prepare.ts';
import { createConfigurationSensor } from '../../../../collector/sensors/configuration.ts';
import { createExecSensor } from '../../../../collector/sensors/exec.ts';
import { createGapSensor } from '../../../../collector/sensors/gaps.ts';
import { heartbeat } from '../../../../collector/sensors/heartbeat.ts';
import { createLifecycleSensor } from '../../../../collector/sensors/lifecycle.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { createRedactor } from '../../../../shared/redact.ts';
import { known } from '../../../support/collector/known.ts';
import { execOf, hexId } from '../../../support/collector/small-engine.ts';

const host = { id: 'HOST', name: 'anchor' };
const redactor = createRedactor('key');
let feed$: Subject<FeedItem>;
let seen: Observation[];

beforeEach(() => {
  feed$ = new Subject();
  seen = [];
});

function eventOf(action: string, look: Partial<EngineEvent> = {}): EngineEvent {
  const plain = { type: 'container', text: '', actor: 'web', attributes: { name: 'web' }, scope: 'local' };
  return { ...plain, action, nano: '3500000000', at: 3_500, ...look };
}

interface Told extends Partial<Omit<Prepared, 'event'>> {
  readonly before?: ReturnType<typeof known> | undefined;
  readonly known?: ReturnType<typeof known> | undefined;
}
const tell = (event: EngineEvent, { before, known: now = known('web'), ...prepared }: Told = {}): void =>
  feed$.next({ kind: 'event', host, prepared: { event, passwd: null, ...prepared }, known: now, before });

const listen = (sensor: { observe(): { subscribe(next: (observation: Observation) => void): unknown } }): void =>
  void sensor.observe().subscribe((observation) => seen.push(observation));

describe('lifecycle', () => {
  beforeEach(() => listen(createLifecycleSensor({ feed$ })));

  it('tells every event of the engine with the facts of its container at that time', () => {
    tell(eventOf('health_status', { text: 'unhealthy' }));
    expect(seen).toMatchObject([
      {
        kind: 'container_lifecycle',
        at: 3_500,
        event: { source: 'docker-event', action: 'health_status', time_nano: '3500000000' },
        container: { id: 'web', state: 'running', age_s: 2.5 },
        docker: { type: 'container', id: 'web', attributes: { text: 'unhealthy' } },
      },
    ]);
  });

  it('gives a plugin what it may do', () => {
    const plugin = {
      id: 'p',
      name: 'pl',
      enabled: true,
      privileges: ['host-pid'],
      capabilities: [],
      mounts: [],
      devices: [],
      network: '',
    };
    tell(eventOf('enable', { type: 'plugin' }), { plugin });
    expect(seen).toMatchObject([{ kind: 'plugin', plugin }]);
  });

  it.each([
    ['network', 'network'],
    ['volume', 'volume'],
    ['image', 'image'],
    ['plugin', 'plugin'],
    ['daemon', 'daemon'],
    ['builder', 'daemon'],
  ])('an event of a %s is of the kind %s', (type, kind) => {
    tell(eventOf('create', { type, actor: 'it' }));
    expect(seen[0]?.kind).toBe(kind);
  });

  it('a network event names the network, and the container that it concerns', () => {
    tell(eventOf('connect', { type: 'network', actor: 'n1', attributes: { name: 'back', container: 'web' } }));
    expect(seen[0]).toMatchObject({ network: { name: 'back', id: 'n1' }, container: { id: 'web', age_s: 2.5 } });
  });

  it('a rename says from what, to what, and whom the new name resembles', () => {
    for (const name of ['my-watchtowr', 'portaner', 'shop'])
      tell(eventOf('rename', { attributes: { oldName: '/web', name } }));
    expect(seen.map(({ docker }) => docker?.rename)).toEqual([
      { from: 'web', to: 'my-watchtowr', resembles: 'watchtower' },
      { from: 'web', to: 'portaner', resembles: 'portainer' },
      { from: 'web', to: 'shop' },
    ]);
  });

  it('a rename whose event says no old name (Podman) is from the name it was known by', () => {
    tell(eventOf('rename', { attributes: { name: 'portaner' } }), { before: known('web') });
    expect(seen[0]?.docker?.rename).toEqual({ from: 'web', to: 'portaner', resembles: 'portainer' });
  });

  it('a rename that makes way for a successor takes no name', () => {
    const rename = (oldName: string, name: string) => tell(eventOf('rename', { attributes: { oldName, name } }));
    rename('/grafana', 'grafana-old');
    rename('/0a1b2c_grafana', 'grafana');
    rename('/web', 'grafana');
    rename('/web', 'my-grafana');
    expect(seen.map(({ docker }) => [docker?.rename?.resembles, docker?.rename?.foreign])).toEqual([
      [undefined, undefined],
      [undefined, true],
      ['grafana', true],
      ['grafana', true],
    ]);
  });

  it('leaves out what a label could have written, and says so (N8)', () => {
    const poisoned = known('web', { facts: { label_keys: ['oldName', 'exitCode', 'team'] } });
    const attributes = { name: 'new', oldName: 'lie', exitCode: '0', team: 'a', image: 'nginx' };
    tell(eventOf('rename', { attributes }), { known: poisoned });
    expect(seen[0]?.docker?.attributes).toEqual({ name: 'new', image: 'nginx' });
    expect(seen[0]?.docker?.rename?.from).toBe('');
    expect(seen[0]?.event.distrusted).toEqual(['oldName', 'exitCode']);
  });

  it('has the same id for the same event, another for another, and nothing for execs', () => {
    tell(eventOf('start'));
    tell(eventOf('start'));
    tell(eventOf('start', { nano: '3500000001' }));
    tell(eventOf('exec_create'));
    const ids = seen.map(({ id }) => id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(ids).toHaveLength(3);
  });

  it('a container that is gone without a word has its end told', () => {
    feed$.next({ kind: 'vanished', host, known: known('web'), at: 9_000 });
    expect(seen).toMatchObject([{ kind: 'container_lifecycle', event: { source: 'inspect', action: 'destroy' } }]);
  });
});

describe('configuration', () => {
  beforeEach(() => listen(createConfigurationSensor({ feed$ })));
  const mount = { key: 'mount:/data', mount: { type: 'bind' } } as never;
  const withMount = known('web');
  const full = { ...withMount, snapshot: { ...withMount.snapshot, objects: [mount] } };

  it('is told at creation: the container and each of its objects, each naming the whole', () => {
    tell(eventOf('create'), { known: full, snapshot: full.snapshot });
    expect(seen.map(({ snapshot }) => snapshot?.object)).toEqual(['container', 'mount:/data']);
    expect(seen[1]).toMatchObject({
      kind: 'container_configuration',
      event: { source: 'inspect', action: 'create' },
      mount: { type: 'bind' },
      container: { id: 'web' },
      snapshot: { objects: ['container', 'mount:/data'], hash: 'hash' },
    });
    expect(new Set(seen.map(({ snapshot }) => snapshot?.id)).size).toBe(1);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(2);
  });

  it('is told again at a start or update only if it changed, with what was raised', () => {
    const limits = { memory: 1_024, memory_swap: 0, nano_cpus: 0, cpu_quota: 0, pids: 0 };
    const before = known('web', { facts: { limits, restart_policy: 'no' } });
    const after = known('web', { facts: { limits, restart_policy: 'always' }, hash: 'other' });
    tell(eventOf('start'), { before, known: before, snapshot: before.snapshot });
    expect(seen).toEqual([]);
    tell(eventOf('update'), { before, known: after, snapshot: after.snapshot });
    expect(seen).toMatchObject([
      { event: { action: 'update' }, change: { raised: ['restart_policy'], text: 'restart policy no → always' } },
    ]);
  });

  it('is told for what is there already, under an id that a repetition has again', () => {
    const item = { kind: 'snapshot', host, known: full, action: 'present', at: 9_000, cause: 'present' } as const;
    feed$.next(item);
    feed$.next({ ...item, at: 9_500 });
    expect(seen.map(({ event }) => event.action)).toEqual(Array(4).fill('present'));
    expect(seen[0]?.id).toBe(seen[2]?.id);
  });

  it('is not told by an event whose facts could not be had', () => {
    tell(eventOf('create'));
    expect(seen).toEqual([]);
  });
});

describe('exec', () => {
  beforeEach(() => listen(createExecSensor({ feed$, redactor })));
  const id = hexId('exec one');
  const event = (action: string, look: Partial<EngineEvent> = {}): EngineEvent =>
    eventOf(action, { attributes: { execID: id }, ...look });
  const record = (command: readonly string[], look: Parameters<typeof execOf>[3] = {}) => ({
    exec: { id, container: 'web', text: command.join(' '), inspect: execOf(id, 'web', command, look), told: [] },
  });

  it('says who runs what, without secrets', () => {
    tell(
      event('exec_create'),
      record(['/bin/sh', '-c', 'TOKEN=hunter22 id'], { privileged: true, user: '+0', tty: true }),
    );
    const [observation] = seen;
    expect(observation).toMatchObject({
      kind: 'exec',
      exec: { id, privileged: true, uid: 0, tty: true, is_shell: true, resolved: true },
      process: { executable: '/bin/sh', name: 'sh', user: { id: 0 } },
      container: { id: 'web' },
    });
    expect(JSON.stringify(observation)).not.toContain('hunter22');
    expect(observation?.exec?.command).toBe(observation?.process?.command_line);
  });

  it('takes the ambiguous text when the exec is gone, and says that it is', () => {
    tell(event('exec_create', { text: 'nc -e sh' }), {
      exec: { id, container: 'web', text: 'nc -e sh', inspect: undefined, told: [] },
    });
    expect(seen[0]?.exec).toMatchObject({ args: ['nc', '-e', 'sh'], resolved: false });
    expect(seen[0]?.exec).not.toHaveProperty('privileged');
  });

  it('says how it ended at its end only', () => {
    tell(event('exec_start'), record(['false'], { running: false, exit: 1 }));
    tell(event('exec_die'), record(['false'], { running: false, exit: 1 }));
    expect(seen.map(({ exec }) => exec?.exit_code)).toEqual([undefined, 1]);
    expect(seen[1]?.event.outcome).toBe('failure');
  });

  it('takes the exit code of the event where nothing else is left, unless a label could have written it', () => {
    const bare = { exec: { id, container: 'web', text: 'x', inspect: undefined, told: [] } };
    const died = event('exec_die', { attributes: { execID: id, exitCode: '0' } });
    tell(died, bare);
    tell(died, { ...bare, known: known('web', { facts: { label_keys: ['exitCode'] } }) });
    expect(seen.map(({ exec }) => exec?.exit_code)).toEqual([0, undefined]);
  });

  it('has an id of what the engine said, whatever was found out of it', () => {
    tell(event('exec_create'), record(['id']));
    tell(event('exec_create'), { exec: { id: 'derived', container: 'web', text: '', inspect: undefined, told: [] } });
    expect(seen[0]?.id).toBe(seen[1]?.id);
  });

  it('is told once more, as another observation, when its facts come late', () => {
    const start = event('exec_start');
    tell(start);
    const prepared = { event: start, passwd: null, ...record(['id'], { privileged: true }) };
    feed$.next({ kind: 'exec-late', host, prepared, known: known('web') });
    expect(seen.map(({ exec }) => exec?.privileged)).toEqual([undefined, true]);
    expect(seen[1]).toMatchObject({ at: seen[0]?.at, event: { action: 'exec_start' }, exec: { args: ['id'] } });
    expect(seen[1]?.id).not.toBe(seen[0]?.id);
  });

  it('says that the runtime refused one', () => {
    const { exec } = record(['nosuch'], { running: false, exit: 126, privileged: true });
    feed$.next({ kind: 'exec-refused', host, exec, known: known('web'), at: 3_500 });
    expect(seen).toMatchObject([
      {
        at: 3_500,
        event: { source: 'exec-inspect', action: 'exec_refused', outcome: 'failure' },
        exec: { id, exit_code: 126, privileged: true },
        container: { id: 'web', age_s: 2.5 },
      },
    ]);
  });

  it('is silent about all else', () => {
    tell(eventOf('start'));
    tell(event('exec_create', { type: 'builder' }));
    expect(seen).toEqual([]);
  });
});

it('gaps are told as they are', () => {
  listen(createGapSensor({ feed$ }));
  const gap = { from: 1, to: 5, reason: 'queue-full', scope: ['events'], lost: 2, text: 'two' } as const;
  feed$.next({ kind: 'gap', host, gap });
  expect(seen).toMatchObject([{ kind: 'gap', at: 5, host, gap }]);
});

it('a heartbeat names the sensors, and the last one says that it is the last', () => {
  const options = { host: () => host, sensors: () => ({ exec: 'running' }), now: () => 7_000.9 };
  expect(heartbeat(host, { ...options, sequence: 3, stopping: true })).toMatchObject({
    kind: 'heartbeat',
    at: 7_000,
    heartbeat: { sequence: 3, sensors: { exec: 'running' }, stopping: true },
  });
});

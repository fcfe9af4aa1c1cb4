import { NEVER, Observable, of, Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clipObservation } from '../../../collector/clip.ts';
import { createCollect } from '../../../collector/collect.ts';
import { createQueue } from '../../../collector/queue.ts';
import type { Sensor } from '../../../collector/sensor.ts';
import { topic } from '../../../shared/bus/topics.ts';
import { decodeObservation, type Observation } from '../../../shared/observation.ts';
import { createRedactor } from '../../../shared/redact.ts';
import type { Happening } from '../../../shared/telemetry/happenings.ts';
import { noTelemetry, type Span } from '../../../shared/telemetry/telemetry.ts';
import { known } from '../../support/collector/known.ts';
import { createMemoryBus, type MemoryBus } from '../../support/memory-bus.ts';

const host = { id: 'HOST', name: 'anchor' };
let bus: MemoryBus;
let happenings: Happening[];
let spans: Span[];
const telemetry = {
  ...noTelemetry,
  happened: (happening: Happening) => void happenings.push(happening),
  span: (span: Span) => void spans.push(span),
};
beforeEach(() => {
  vi.useFakeTimers({ now: 10_000 });
  bus = createMemoryBus();
  happenings = [];
  spans = [];
});
afterEach(() => vi.useRealTimers());

const options = () => ({
  bus,
  telemetry,
  redactor: createRedactor('key'),
  partitions: 1,
  most: 50_000,
  now: Date.now,
  host: () => host,
});
const observation = (id: string, more: Partial<Observation> = {}): Observation => ({
  id,
  kind: 'daemon',
  at: 1_000,
  event: { source: 'docker-event', action: 'reload', time_nano: '1000000000' },
  host,
  ...more,
});
const put = (id: string, more?: Partial<Observation>) =>
  ({ kind: 'observation', observation: observation(id, more) }) as const;
const checkpoint = (nano: string) =>
  ({
    kind: 'checkpoint',
    checkpoint: { hostId: 'HOST', cursor: { nano, event: true }, containers: new Map() },
  }) as const;
const logged = (): readonly Observation[] =>
  bus.all(topic.observations).map(({ value }) => decodeObservation(value, 'test'));

describe('the queue', () => {
  it('appends at once and together what comes together, the state behind it', async () => {
    const appends: string[] = [];
    const append = bus.append;
    bus.append = (to, records) => {
      appends.push(`${to} ${records.length}`);
      return append(to, records);
    };
    const queue = createQueue(options());
    queue.put(put('a'));
    queue.put(put('b'));
    queue.put(checkpoint('1'));
    queue.put(checkpoint('2'));
    await queue.drain();
    expect(appends).toEqual(['observations 2', 'collector-state 1']);
    const state = bus.all(topic.collectorState);
    expect(state.map(({ value }): unknown => JSON.parse(value ?? ''))).toMatchObject([{ nano: '2' }]);
    expect(spans).toMatchObject([{ traceId: 'a', name: 'observe', startMs: 1_000, endMs: 10_000 }, { traceId: 'b' }]);
  });

  it('writes no state when the observations could not be written, and tries again', async () => {
    const append = bus.append;
    bus.append = () => Promise.reject(new Error('disk full'));
    const queue = createQueue(options());
    queue.put(put('a'));
    queue.put(checkpoint('1'));
    await vi.advanceTimersByTimeAsync(50);
    queue.put(checkpoint('2'));
    expect(bus.all(topic.collectorState)).toEqual([]);
    expect(happenings).toContainEqual({ name: 'sensorFailed', sensor: 'log', reason: 'disk full' });
    bus.append = append;
    await vi.advanceTimersByTimeAsync(1_000);
    await queue.drain();
    expect(logged().map(({ id }) => id)).toEqual(['a']);
    expect(JSON.parse(bus.all(topic.collectorState).at(-1)?.value ?? '')).toMatchObject({ nano: '2' });
  });

  it('writes no observation again when the state behind it is refused', async () => {
    const append = bus.append;
    bus.append = (to, records) =>
      to === topic.collectorState ? Promise.reject(new Error('disk full')) : append(to, records);
    const queue = createQueue(options());
    queue.put(put('a'));
    queue.put(checkpoint('1'));
    await vi.advanceTimersByTimeAsync(50);
    queue.put(put('b'));
    queue.put(checkpoint('2'));
    await vi.advanceTimersByTimeAsync(200);
    bus.append = append;
    await vi.advanceTimersByTimeAsync(1_000);
    await queue.drain();
    expect(logged().map(({ id }) => id)).toEqual(['a', 'b']);
    expect(bus.all(topic.collectorState).map(({ value }): unknown => JSON.parse(value ?? ''))).toMatchObject([
      { nano: '2' },
    ]);
  });

  it('drops what does not fit, counts it, and says so by a gap', async () => {
    let release = (): void => undefined;
    const append = bus.append;
    bus.append = async (to, records) => {
      await new Promise<void>((resolve) => (release = resolve));
      bus.append = append;
      await append(to, records);
    };
    const queue = createQueue({ ...options(), most: 3 });
    for (const id of ['a', 'b', 'c']) queue.put(put(id));
    for (const at of [2_000, 4_000, 3_000]) queue.put(put(`dropped-${at}`, { at }));
    await Promise.resolve();
    release();
    await queue.drain();
    expect(logged().map(({ id, kind }) => (kind === 'gap' ? 'gap' : id))).toEqual(['a', 'b', 'c', 'gap']);
    expect(logged().at(-1)?.gap).toMatchObject({ reason: 'queue-full', lost: 3, from: 2_000, to: 4_000 });
    expect(happenings.filter(({ name }) => name === 'observationDropped')).toHaveLength(3);
  });

  it('is full by bytes, too: long command lines are dropped, counted and told like too many', async () => {
    const append = bus.append;
    bus.append = () => Promise.reject(new Error('disk full'));
    const queue = createQueue({ ...options(), mostBytes: 5_000 });
    const long = (id: string, at: number) => put(id, { at, process: { command_line: 'é'.repeat(1_000) } });
    const items = [long('a', 1), long('b', 2), long('dropped', 3), put('short'), long('dropped too', 4)];
    for (const item of [...items, put('beat', { kind: 'heartbeat' })]) queue.put(item);
    await vi.advanceTimersByTimeAsync(50);
    bus.append = append;
    await vi.advanceTimersByTimeAsync(1_000);
    for (const id of ['c', 'd']) queue.put(long(id, 5));
    await queue.drain();
    const told = logged().map(({ id, kind }) => (kind === 'gap' ? 'gap' : id));
    expect(told).toEqual(['a', 'b', 'short', 'beat', 'gap', 'c', 'd']);
    expect(logged()[4]?.gap).toMatchObject({ reason: 'queue-full', lost: 2, from: 3, to: 4 });
    expect(happenings.filter(({ name }) => name === 'observationDropped')).toHaveLength(2);
  });

  it('appends no more than some MiB at a time', async () => {
    const appends: number[] = [];
    const append = bus.append;
    bus.append = (to, records) => {
      appends.push(records.length);
      return append(to, records);
    };
    const queue = createQueue(options());
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g'])
      queue.put(put(id, { process: { command_line: 'x'.repeat(800_000) } }));
    await queue.drain();
    expect(appends).toEqual([5, 2]);
  });

  it('counts once what is too large for the log, however often it is tried', async () => {
    const append = bus.append;
    bus.append = () => Promise.reject(new Error('disk full'));
    const queue = createQueue(options());
    const attributes = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`${i}`.padEnd(20_000, 'k'), 'v']));
    queue.put(put('a', { docker: { type: 'daemon', id: 'x', attributes } }));
    await vi.advanceTimersByTimeAsync(500);
    bus.append = append;
    await vi.advanceTimersByTimeAsync(1_000);
    await queue.drain();
    expect(happenings.filter(({ name }) => name === 'observationDropped')).toEqual([
      { name: 'observationDropped', reason: 'too-large', count: 1 },
    ]);
    expect(logged().map(({ kind }) => kind)).toEqual(['gap']);
  });

  it('full, it keeps the newest heartbeat and drops none', async () => {
    const append = bus.append;
    bus.append = () => Promise.reject(new Error('disk full'));
    const queue = createQueue({ ...options(), most: 2 });
    const beat = (id: string) => put(id, { kind: 'heartbeat' });
    for (const item of [put('a'), put('b'), beat('1'), beat('2'), beat('3')]) queue.put(item);
    await vi.advanceTimersByTimeAsync(50);
    bus.append = append;
    await vi.advanceTimersByTimeAsync(1_000);
    await queue.drain();
    expect(logged().map(({ id }) => id)).toEqual(['a', 'b', '3']);
    expect(happenings.filter(({ name }) => name === 'observationDropped')).toEqual([]);
  });

  it('takes secrets out before anything is written', async () => {
    const queue = createQueue(options());
    const attributes = { 'db.password': 'hunter22', text: 'TOKEN=hunter22' };
    queue.put(put('a', { docker: { type: 'daemon', id: 'x', attributes } }));
    await queue.drain();
    expect(JSON.stringify(bus.all(topic.observations))).not.toContain('hunter22');
  });

  it('clips what is larger than the log takes instead of losing it', async () => {
    const queue = createQueue(options());
    const command_line = `nsenter ${'x'.repeat(2_000_000)} -t 1`;
    queue.put(put('a', { process: { command_line } }));
    await queue.drain();
    const line = logged()[0]?.process?.command_line ?? '';
    expect(line).toMatch(/^nsenter x+\[… \d+ characters left out …\]x+ -t 1$/);
    expect(logged()[0]).toMatchObject({ id: 'a', kind: 'daemon', host });
  });

  it('leaves out of the state a container that is larger than the log takes', async () => {
    const queue = createQueue(options());
    const big = known('big', { facts: { command: ['x'.repeat(1_000_000)] } });
    queue.put({
      kind: 'checkpoint',
      checkpoint: { hostId: 'HOST', cursor: { nano: '1', event: true }, containers: new Map([['big', big]]) },
    });
    await queue.drain();
    expect(bus.all(topic.collectorState).map(({ key }) => key)).toEqual(['HOST/cursor']);
  });
});

it('clipping leaves the objects of a snapshot to the last', () => {
  const objects = Array.from({ length: 5_000 }, (_, index) => `mount:/${index}`);
  const snapshot = { id: 's', object: 'container', objects, hash: 'h' };
  const steps = [...clipObservation(observation('a', { snapshot }))];
  expect(steps.map((step) => step.snapshot?.objects.length)).toEqual([5_000, 5_000, 5_000, 5_000, 2_000, 400, 80]);
});

describe('a sensor', () => {
  const sensor = (name: string, observe: () => Observable<Observation>, why?: () => string | undefined): Sensor => ({
    name,
    tier: 'engine',
    available: async () => why?.(),
    observe,
  });

  it('that fails is started again at once, and what it missed is a gap', async () => {
    const feed$ = new Subject<Observation>();
    const collect = createCollect(options());
    let starts = 0;
    const observe = () => {
      starts += 1;
      return starts === 1 ? new Observable<Observation>((to) => to.error(new Error('poison'))) : feed$;
    };
    collect.watch(sensor('lifecycle', observe));
    await vi.advanceTimersByTimeAsync(1);
    feed$.next(observation('a'));
    await collect.stop();
    expect(logged().map(({ id, gap }) => gap?.reason ?? id)).toEqual(['sensor-failed', 'a']);
    expect(logged()[0]?.gap?.scope).toEqual(['events']);
    expect(collect.states()).toEqual({ lifecycle: 'running' });
    expect(happenings).toContainEqual({ name: 'sensorFailed', sensor: 'lifecycle', reason: 'poison' });
  });

  it('that ran and does not any more says since when, until it runs again', async () => {
    const feeds = [new Subject<Observation>(), new Subject<Observation>(), new Subject<Observation>()];
    let starts = 0;
    let reason: string | undefined;
    const collect = createCollect(options());
    collect.watch(
      sensor(
        'dns',
        () => feeds[starts++] ?? NEVER,
        () => reason,
      ),
    );
    await vi.advanceTimersByTimeAsync(1_000);
    expect(collect.stopped()).toEqual({});
    reason = 'bpftrace ended';
    feeds[0]?.error(new Error('killed'));
    await vi.advanceTimersByTimeAsync(500);
    expect([collect.states(), collect.stopped()]).toEqual([{ dns: 'unavailable' }, { dns: 11_000 }]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(collect.stopped()).toEqual({ dns: 11_000 });
    reason = undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([collect.states(), collect.stopped()]).toEqual([{ dns: 'running' }, {}]);
    await collect.stop();
  });

  it('that cannot work here is told once, asked again, and no gap', async () => {
    let reason: string | undefined = 'no /proc: mount it';
    const collect = createCollect(options());
    collect.watch(
      sensor(
        'connections',
        () => of(observation('a')),
        () => reason,
      ),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(collect.states()).toEqual({ connections: 'unavailable' });
    expect(happenings.filter(({ name }) => name === 'sensorUnavailable')).toHaveLength(1);
    reason = undefined;
    await vi.advanceTimersByTimeAsync(30_000);
    await collect.stop();
    expect(logged().map(({ id }) => id)).toEqual(['a']);
  });

  it('does not stop the others', async () => {
    const collect = createCollect(options());
    collect.watch(sensor('bad', () => new Observable<Observation>((to) => to.error(new Error('always')))));
    collect.watch(sensor('quiet', () => NEVER));
    collect.watch(sensor('good', () => of(observation('a'))));
    await vi.advanceTimersByTimeAsync(10);
    expect(collect.states()).toMatchObject({ good: 'running', quiet: 'running' });
    await collect.stop();
    expect(logged().some(({ id }) => id === 'a')).toBe(true);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSpoolStore } from '../../../../collector/spool/open-store.ts';
import { openSpooledLog, type SpooledLog } from '../../../../collector/spool/spooled-log.ts';
import type { SpoolStore } from '../../../../collector/spool/store.ts';
import type { Bus, BusPage, NewRecord } from '../../../../shared/bus/port.ts';
import { exitCode, MalformedError, UnavailableError, UserError } from '../../../../shared/errors.ts';
import { decodeObservation } from '../../../../shared/observation.ts';
import { publishStatus } from '../../../../shared/publish-status.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { type GaugeReading, noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { traceparentHeader, traceparentOf } from '../../../../shared/trace-context.ts';
import { type Brokers, createBrokers } from '../../../support/collector/brokers.ts';

let directory: string;
let brokers: Brokers;
let happenings: Happening[];
let gauges: Map<string, () => readonly GaugeReading[]>;
let clock: number;
const opened: SpooledLog[] = [];
const telemetry = {
  ...noTelemetry,
  happened: (happening: Happening) => void happenings.push(happening),
  gauge: (name: string, _help: string, read: () => readonly GaugeReading[]) => void gauges.set(name, read),
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-spool-'));
  brokers = createBrokers();
  happenings = [];
  gauges = new Map();
  clock = 1_000_000;
});
afterEach(async () => {
  brokers.comeBack();
  for (const log of opened.splice(0)) await log.close();
  rmSync(directory, { recursive: true, force: true });
});

const openStore = (bytes = 1_000_000): SpoolStore =>
  openSpoolStore({ path: join(directory, 'spool.db'), bytes, now: () => clock, telemetry });

async function open(options: { store?: SpoolStore; connect?: () => Promise<Bus>; mostMs?: number } = {}) {
  const { store = openStore(), connect = () => Promise.resolve(brokers.bus), mostMs = 3_600_000 } = options;
  const log = await openSpooledLog({ connect, store, mostMs, patienceMs: 20, telemetry, now: () => clock });
  opened.push(log);
  return { log, store };
}

const observation = (id: string): string =>
  JSON.stringify({
    id,
    kind: 'daemon',
    at: clock,
    event: { source: 'x', action: 'reload' },
    host: { id: 'H', name: 'h' },
  });
const record = (id: string): NewRecord => ({ key: 'H', value: observation(id), headers: { trace: id }, at: clock });
const observe = (log: SpooledLog, ...ids: string[]) => log.append('observations', ids.map(record));
const ids = (): string[] => brokers.values('observations').map((value) => decodeObservation(value, 'test').id);
const checkpoint = (log: SpooledLog, nano: string) =>
  log.append('collector-state', [{ key: 'H/cursor', value: JSON.stringify({ nano }), at: clock, partition: 0 }]);
async function stateOf(log: SpooledLog): Promise<Record<string, string | null>> {
  const latest: Record<string, string | null> = {};
  for await (const { records } of log.read('collector-state', { from: 'oldest', follow: false }))
    for (const { key, value } of records) latest[key] = value;
  return latest;
}
const names = () => happenings.map(({ name }) => name);
const drained = () => expect.poll(() => names()).toContain('spoolDrained');

describe('a log whose brokers answer', () => {
  it('is appended to directly: nothing is kept on disk', async () => {
    const { log, store } = await open();
    await observe(log, 'a', 'b');
    await observe(log, 'c');
    expect(ids()).toEqual(['a', 'b', 'c']);
    expect(store.size().records).toBe(0);
    expect(log.status()).toEqual({ reachable: true, spooled: 0 });
    expect(happenings).toEqual([]);
  });

  it('takes what is too large for them out of its batch, counts it and tells a gap', async () => {
    const append: Bus['append'] = (name, records) =>
      records.some(({ headers }) => headers?.trace === 'large')
        ? Promise.reject(new MalformedError('too large', { place: 'observations' }))
        : brokers.bus.append(name, records);
    const { log, store } = await open({ connect: () => Promise.resolve({ ...brokers.bus, append }) });
    await observe(log, 'a', 'large', 'b', 'c');
    await drained();
    const arrived = brokers.values('observations').map((value) => decodeObservation(value, ''));
    expect(arrived.map(({ id, kind }) => (kind === 'gap' ? kind : id))).toEqual(['a', 'gap', 'b', 'c']);
    expect(arrived[1]).toMatchObject({ gap: { lost: 1, reason: 'sensor-failed' } });
    expect(happenings).toContainEqual({ name: 'observationDropped', reason: 'too-large', count: 1 });
    expect(store.size().records).toBe(0);
  });

  it('that refuse even the gap lose both and go on', async () => {
    const append = () => Promise.reject(new MalformedError('too large', { place: 'observations' }));
    const { log, store } = await open({ connect: () => Promise.resolve({ ...brokers.bus, append }) });
    await observe(log, 'a');
    await expect.poll(() => store.size().records).toBe(0);
    expect(happenings.filter(({ name }) => name === 'observationDropped')).toHaveLength(2);
  });
});

describe('while the brokers are away', () => {
  it('everything is on disk when append resolves, and reaches them once and in order', async () => {
    const { log, store } = await open();
    await observe(log, 'before');
    brokers.leave();
    await observe(log, 'a', 'b');
    await observe(log, 'c');
    await checkpoint(log, '1');
    await observe(log, 'd');
    expect(store.size().records).toBe(5);
    expect(store.oldest()).toBe(clock);
    expect(gauges.get('spool_records')?.()).toEqual([{ value: 5 }]);
    expect(log.status()).toEqual({ reachable: false, spooled: 5, since: clock });
    brokers.comeBack();
    await drained();
    await observe(log, 'after');
    expect(ids()).toEqual(['before', 'a', 'b', 'c', 'd', 'after']);
    expect(brokers.values('collector-state')).toEqual(['{"nano":"1"}']);
    expect(store.size()).toEqual({ records: 0, bytes: 0 });
    expect(names()).toEqual(['spoolStarted', 'spoolDrained']);
    expect(happenings.at(-1)).toMatchObject({ count: 5 });
  });

  it('an answer that was lost doubles what was under way and nothing else', async () => {
    const { log } = await open();
    brokers.leave();
    await observe(log, 'a');
    await observe(log, 'b');
    brokers.comeBack({ losing: true });
    await drained();
    expect(ids()).toEqual(['a', 'a', 'b']);
  });

  it('only the last state of a key waits, behind the observations that it rests on', async () => {
    const { log } = await open();
    brokers.leave();
    await observe(log, 'a');
    await checkpoint(log, '1');
    await observe(log, 'b');
    await checkpoint(log, '2');
    brokers.comeBack();
    await drained();
    expect(brokers.values('collector-state')).toEqual(['{"nano":"2"}']);
    expect(ids()).toEqual(['a', 'b']);
  });

  it('a status is not kept, holds nothing up, and one at most is under way', async () => {
    const { log, store } = await open();
    brokers.leave();
    let made = 0;
    const status = () => {
      made += 1;
      return { made };
    };
    const onFailure = expect.unreachable;
    const publishing = publishStatus({ bus: log, key: () => 'collector/H', status, clock: () => clock, onFailure });
    for (let turn = 0; turn < 3; turn += 1) void publishing.now();
    await observe(log, 'a');
    expect(store.size().records).toBe(1);
    brokers.comeBack();
    await publishing.now();
    await publishing.stop(null);
    expect(brokers.values('status')[0]).toBe('{"made":1}');
    expect(made).toBe(brokers.values('status').length - 1);
    expect(ids()).toContain('a');
  });

  it('a status has nowhere to go before the brokers ever answered', async () => {
    const { log, store } = await open({ connect: () => Promise.reject(new UnavailableError('nobody there')) });
    await log.append('status', [{ key: 'collector/H', value: '1', at: clock }]);
    expect(store.size().records).toBe(0);
  });

  it('what waits survives the process, and goes before anything new', async () => {
    const first = await open();
    brokers.leave();
    await observe(first.log, 'a');
    await observe(first.log, 'b');
    // A process that dies closes nothing; its append to the brokers was never begun anew either.
    const other = createBrokers();
    const { log } = await open({ connect: () => Promise.resolve(other.bus) });
    await observe(log, 'c');
    await expect.poll(() => other.values('observations').length).toBe(3);
    expect(other.values('observations').map((value) => decodeObservation(value, '').id)).toEqual(['a', 'b', 'c']);
  });
});

describe('the limits', () => {
  it('when it is full the newest are refused, and taken when there is room again', async () => {
    const { log } = await open({ store: openStore(1_000) });
    brokers.leave();
    await observe(log, 'a', 'b');
    await expect(observe(log, ...Array.from({ length: 10 }, (_, n) => `many-${n}`))).rejects.toThrow(/spool is full/);
    expect(happenings.filter(({ name }) => name === 'spoolFailed')).toHaveLength(1);
    brokers.comeBack();
    await drained();
    await observe(log, 'c');
    expect(ids()).toEqual(['a', 'b', 'c']);
  });

  it('what waits too long is one gap in its place; state stays, and so does what is under way', async () => {
    const { log } = await open({ mostMs: 60_000 });
    brokers.leave();
    await observe(log, 'under way');
    await observe(log, 'old-1');
    clock += 1_000;
    await checkpoint(log, '1');
    await observe(log, 'old-2');
    clock += 59_500;
    await observe(log, 'new-1');
    clock += 1_000;
    await observe(log, 'new-2');
    expect(happenings.filter(({ name }) => name === 'observationDropped')).toEqual([
      { name: 'observationDropped', reason: 'spool-expired', count: 1 },
      { name: 'observationDropped', reason: 'spool-expired', count: 1 },
    ]);
    brokers.comeBack();
    await drained();
    const arrived = brokers.values('observations').map((value) => decodeObservation(value, ''));
    expect(arrived.map(({ id, kind }) => (kind === 'gap' ? kind : id))).toEqual(['under way', 'gap', 'new-1', 'new-2']);
    expect(arrived[1]).toMatchObject({
      host: { id: 'H' },
      gap: { from: 1_000_000, to: 1_001_000, reason: 'spool-expired', lost: 2 },
    });
    const gap = brokers.begun.flat().find(({ value }) => value?.includes('"kind":"gap"'));
    expect(gap?.headers).toEqual({ [traceparentHeader]: traceparentOf(arrived[1]?.id ?? '') });
    expect(brokers.values('collector-state')).toEqual(['{"nano":"1"}']);
  });
});

describe('heartbeats', () => {
  const beat = (sequence: number, stopping?: boolean): NewRecord => ({
    key: 'H',
    at: clock,
    value: JSON.stringify({
      id: `beat-${sequence}`,
      kind: 'heartbeat',
      at: clock,
      event: { source: 'monitor', action: 'heartbeat' },
      host: { id: 'H', name: 'h' },
      heartbeat: { sequence, sensors: {}, ...(stopping && { stopping }) },
    }),
  });

  it('do not wait: the newest goes ahead of what waits, and one that says goodbye stays behind it', async () => {
    const { log, store } = await open();
    brokers.leave();
    await observe(log, 'a');
    await observe(log, 'b');
    for (const sequence of [1, 2, 3]) await log.append('observations', [beat(sequence)]);
    await log.append('observations', [beat(4, true)]);
    expect(store.size().records).toBe(3);
    brokers.comeBack();
    await drained();
    expect(ids()).toEqual(['a', 'beat-3', 'b', 'beat-4']);
  });

  it('are not taken for what a container writes', async () => {
    const { log, store } = await open();
    brokers.leave();
    await observe(log, 'a');
    const text = decodeObservation(observation('b'), 'test');
    const value = JSON.stringify({ ...text, docker: { type: 'x', id: 'y', attributes: { kind: 'heartbeat' } } });
    await log.append('observations', [{ key: 'H', value, at: clock }]);
    expect(store.size().records).toBe(2);
    brokers.comeBack();
    await drained();
    expect(ids()).toEqual(['a', 'b']);
  });
});

describe('state', () => {
  it('is what the brokers have, with what waits for them on top', async () => {
    const { log } = await open();
    await checkpoint(log, '1');
    expect(await stateOf(log)).toEqual({ 'H/cursor': '{"nano":"1"}' });
    brokers.leave();
    await checkpoint(log, '2');
    expect(await stateOf(log)).toEqual({ 'H/cursor': '{"nano":"2"}' });
  });

  it('is not missed though it is sent just while the brokers are asked, and the copy stays as new', async () => {
    const first = await open();
    await checkpoint(first.log, '1');
    brokers.leave();
    await checkpoint(first.log, '2');
    const other = createBrokers();
    await other.bus.append('collector-state', [{ key: 'H/cursor', value: '{"nano":"1"}', at: 0, partition: 0 }]);
    const store = openStore();
    // The answer ends where the log ended when it was asked; meanwhile all that waited is sent.
    async function* slow(...[name, range]: Parameters<Bus['read']>): AsyncGenerator<BusPage> {
      for await (const page of other.bus.read(name, range)) {
        await expect.poll(() => store.size().records).toBe(0);
        yield page;
      }
    }
    const { log } = await open({ store, connect: () => Promise.resolve({ ...other.bus, read: slow }) });
    expect(await stateOf(log)).toEqual({ 'H/cursor': '{"nano":"2"}' });
    expect(store.remembered().get('H/cursor')).toBe('{"nano":"2"}');
  });

  it('is the copy on disk for a process that starts without brokers; observing goes on', async () => {
    const before = await open();
    await checkpoint(before.log, '1');
    await before.log.close();
    opened.pop();
    let reachable = false;
    const connect = (): Promise<Bus> =>
      reachable
        ? Promise.resolve(brokers.bus)
        : Promise.reject(new UserError('nobody answers', { fix: 'start them', code: exitCode.unavailable }));
    const { log } = await open({ connect });
    expect(await stateOf(log)).toEqual({ 'H/cursor': '{"nano":"1"}' });
    await observe(log, 'a');
    await checkpoint(log, '2');
    expect(await stateOf(log)).toEqual({ 'H/cursor': '{"nano":"2"}' });
    expect(happenings.filter(({ name }) => name === 'logUnreachable')).toHaveLength(1);
    reachable = true;
    await drained();
    expect(ids()).toEqual(['a']);
    expect(names()).toContain('logReached');
  });

  it('without brokers and without a copy is told to be a first start', async () => {
    const connect = () => Promise.reject(new UserError('nobody', { fix: 'wait', code: exitCode.unavailable }));
    const { log } = await open({ connect });
    expect(await stateOf(log)).toEqual({});
    expect(happenings).toContainEqual({ name: 'stateUnknown', topic: 'collector-state' });
  });
});

describe('troubles', () => {
  it('that only a person can mend end the start', async () => {
    const store = openStore();
    const connect = () => Promise.reject(new UserError('wrong password', { fix: 'mend it', code: exitCode.config }));
    await expect(open({ store, connect })).rejects.toThrow('wrong password');
    store.close();
  });

  it('a disk that takes nothing is told once and refuses, and takes again when it can', async () => {
    const real = openStore();
    let full = true;
    const store: SpoolStore = {
      ...real,
      put: (...args) => {
        if (full) throw new Error('database or disk is full');
        return real.put(...args);
      },
    };
    const { log } = await open({ store });
    brokers.leave();
    await expect(observe(log, 'a')).rejects.toThrow('disk is full');
    await expect(observe(log, 'a')).rejects.toThrow('disk is full');
    expect(happenings.filter(({ name }) => name === 'spoolFailed')).toHaveLength(1);
    full = false;
    await observe(log, 'a');
    brokers.comeBack();
    await drained();
    // Begun before the disk refused, and kept when it took again: doubled, with one id.
    expect(ids()).toEqual(['a', 'a']);
  });

  it('a copy of the state that cannot be written does not keep an append from the brokers', async () => {
    const real = openStore();
    const remember = (): never => {
      throw new Error('disk I/O error');
    };
    const { log } = await open({ store: { ...real, remember } });
    await checkpoint(log, '1');
    expect(brokers.values('collector-state')).toEqual(['{"nano":"1"}']);
    expect(names()).toEqual(['spoolFailed']);
  });
});

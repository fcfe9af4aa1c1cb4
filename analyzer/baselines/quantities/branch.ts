import type { FindingRecord } from '../../../shared/finding.ts';
import type { Observation, ObservationKind } from '../../../shared/observation.ts';
import {
  type LevelMemory,
  type PatternMemory,
  type QuantityMemory,
  type RateMemory,
  sweptRates,
} from '../../../shared/quantity-state.ts';
import type { Restored } from '../../table.ts';
import { byKind } from '../kinds.ts';
import type { Chart } from './change.ts';
import { seeFrozen } from './enforced.ts';
import { isFrozen } from './frozen.ts';
import {
  afterReading,
  type Gauge,
  newWindow,
  noWindows,
  openWindow,
  type Passed,
  passedSince,
  ripe,
  take,
  unripe,
  type Window,
  windowMs,
} from './gauge.ts';
import type { Growing } from './growing.ts';
import { rateQuantities } from './happenings.ts';
import { type Heard, hearing, hoursHeard } from './heard.ts';
import { learned } from './level.ts';
import { isQuiet, judgeLearned, judgeLevel, type LevelReading, newLevel } from './levels.ts';
import { withoutLineage } from './pattern-values.ts';
import { newPattern, seePattern } from './patterns.ts';
import { newPool, poolRef, seePooled } from './pooled.ts';
import type { LevelQuantity, Measure, PatternQuantity, Quantity, RateQuantity } from './quantity.ts';
import { countRate, newRate, rested, tainted, type WatchedHours } from './rates.ts';
import type { Seen } from './seen.ts';
import { createQuantityStore, type QuantityStore } from './store.ts';
import { hourOf } from './time.ts';

type Reads = (read: { readonly quantity: LevelQuantity; readonly value: number }) => void;

/** The quantities of one partition. */
export interface Quantities {
  /** Learns from, and judges, what an observation shows; `reads` is told each level that is read. */
  judge(seen: Seen, reads?: Reads): readonly FindingRecord[];
  /** Whether anything of a host is counted of such observations. */
  countOfHost(kind: ObservationKind): boolean;
  /** A lineage is in trouble now: what of it alone is not learned yet never will be. */
  troubleOf(at: { readonly host: string; readonly workload: string; readonly lineage: string }): void;
  /** A container of the workload is in trouble now: what is counted of all of them this hour is not learned. */
  trouble(at: { readonly host: string; readonly workload: string }): void;
  /** What a heartbeat or a gap says of whether its host is heard. */
  hear(observation: Observation, now: number): void;
  /** Learns what waited of containers that are not read any more. */
  settle(now: number): void;
  readonly store: QuantityStore;
}

const ofWorkloads = byKind<RateQuantity | PatternQuantity>(({ subject }) => subject !== 'host');
const ofHosts = byKind<RateQuantity | PatternQuantity>(({ subject }) => subject === 'host');

export function createQuantities(restored: Restored, quantities: readonly Quantity[]): Quantities {
  const store = createQuantityStore(restored);
  const levels = quantities.filter((quantity) => quantity.kind === 'level');
  const others = quantities.filter((quantity) => quantity.kind !== 'level');
  const levelNamed = new Map(levels.map((quantity) => [quantity.name, quantity]));
  const rateNamed = new Map(others.flatMap((one) => (one.kind === 'rate' ? [[one.name, one]] : [])));
  const othersOf = (host: string, workload: string): readonly QuantityMemory[] =>
    others.flatMap(({ name }) =>
      [{ host, workload, quantity: name }, poolRef(host, name)].flatMap((ref) => store.memory(ref) ?? []),
    );
  return {
    store,
    judge(seen, reads) {
      const { kind } = seen.observation;
      const ofKind = seen.isHost === true ? ofHosts : ofWorkloads;
      if (kind === 'resources' && seen.isHost !== true) return readLevels(store, levels, { seen, reads });
      let found = none;
      for (const quantity of ofKind(others, kind))
        for (const measure of quantity.measures(seen.observation)) {
          const told = sight(store, { quantity, measure, seen });
          if (told.length > 0) found = [...found, ...told];
        }
      return found;
    },
    countOfHost: (kind) => ofHosts(others, kind).length > 0,
    troubleOf({ host, workload, lineage }) {
      for (const gauge of store.gaugesOf(host, lineage))
        if (gauge.windows.length > 0) store.setGauge({ ...gauge, windows: [] });
      for (const memory of othersOf(host, workload))
        if (memory.kind === 'pattern') update(store, memory, withoutLineage(memory, lineage));
    },
    trouble({ host, workload }) {
      for (const memory of othersOf(host, workload)) if (memory.kind === 'rate') update(store, memory, tainted(memory));
    },
    hear(observation, now) {
      if (observation.kind !== 'heartbeat' && observation.kind !== 'gap') return;
      const before = store.heard(observation.host.id);
      const after = hearing(before, observation, now);
      if (after === undefined || after === before) return;
      store.setHeard(after);
      if (after.hour !== before?.hour) restRates(store, after, rateNamed);
    },
    settle(now) {
      for (let due = store.dueGauge(now); due !== undefined; due = store.dueGauge(now)) {
        store.deleteGauge(due);
        for (const window of due.windows) learnWindow(store, { gauge: due, window, levels: levelNamed });
      }
    },
  };
}

/** What has not changed is not written again. */
function update(store: QuantityStore, before: QuantityMemory | undefined, after: QuantityMemory): void {
  if (before !== after) store.setMemory(after);
}

function sight(
  store: QuantityStore,
  of: { readonly quantity: RateQuantity | PatternQuantity; readonly measure: Measure; readonly seen: Seen },
): readonly FindingRecord[] {
  const { quantity, measure, seen } = of;
  const known = memoryOf(store, quantity, seen.observation);
  if (quantity.kind === 'rate') {
    const memory = known?.kind === 'rate' ? known : newRate(quantity, seen);
    const [after, found] = countRate(memory, measure, {
      quantity,
      seen,
      watched: watchedHours(store, quantity, memory),
    });
    store.setMemory(after);
    return found;
  }
  const memory = known?.kind === 'pattern' ? known : newPattern(quantity, seen);
  if (quantity.pooledSentence !== undefined && !isFrozen(memory, 'steady'))
    return sightPooled(store, { known, memory, quantity, measure, seen });
  const see = isFrozen(memory, 'steady') ? seeFrozen : seePattern;
  const [after, found] = see(memory, measure, { quantity, seen });
  update(store, known, after);
  return found;
}

/** What memories of a workload say since when it is known. */
const sinceKnown = ['memory', ...rateQuantities.map(({ name }) => name).filter((name) => !sweptRates.has(name))];

/**
 * In how many hours up to one the engine would have told of it; undefined where its silence says nothing. A workload is known since its memory use was
 * first read, or anything of it was first counted; a host since it was first heard. Of a log without heartbeats, hours without are not known.
 */
function watchedHours(
  store: QuantityStore,
  { name, subject }: RateQuantity,
  { host, workload, since = 0 }: RateMemory,
): WatchedHours | undefined {
  if (sweptRates.has(name)) return undefined;
  return (hour) => {
    const heard = store.heard(host.id);
    const known =
      subject === 'host' ? (heard?.since ?? hour) : knownSince(store, { host: host.id, workload: workload.id });
    const from = Math.max(known ?? hour, hourOf(since));
    return heard === undefined ? hour - from : hoursHeard(heard, [from, hour]);
  };
}

function knownSince(store: QuantityStore, of: { readonly host: string; readonly workload: string }) {
  const firsts = sinceKnown.flatMap((quantity) => store.memory({ ...of, quantity })?.progress.steady?.first ?? []);
  return firsts.length === 0 ? undefined : hourOf(Math.min(...firsts));
}

/** An hour of a host has begun: what hardly ever happens there may have learned by quiet. */
function restRates(store: QuantityStore, { host, hour }: Heard, named: ReadonlyMap<string, RateQuantity>): void {
  for (const memory of store.ratesOf(host.id)) {
    if (memory.progress.steady?.state === 'steady') continue;
    const quantity = named.get(memory.quantity);
    const watched = quantity && watchedHours(store, quantity, memory);
    if (watched !== undefined) update(store, memory, rested(memory, { hour, watched: watched(hour) }));
  }
}

function sightPooled(
  store: QuantityStore,
  of: {
    readonly known: QuantityMemory | undefined;
    readonly memory: PatternMemory;
    readonly quantity: PatternQuantity;
    readonly measure: Measure;
    readonly seen: Seen;
  },
): readonly FindingRecord[] {
  const { known, memory, quantity, measure, seen } = of;
  const pool = store.memory(poolRef(seen.observation.host.id, quantity.name));
  const before = { own: memory, pool: pool?.kind === 'pattern' ? pool : newPool(quantity, seen) };
  const [after, found] = seePooled(before, measure, { quantity, seen });
  update(store, known, after.own);
  update(store, pool, after.pool);
  return found;
}

const memoryOf = (
  store: QuantityStore,
  { name }: Quantity,
  { host, workload }: Seen['observation'],
): QuantityMemory | undefined => store.memory({ host: host.id, workload: workload.id, quantity: name });

const none: readonly FindingRecord[] = [];

/** One reading of a container: every level on its chart, and into what waits to be learned. */
function readLevels(
  store: QuantityStore,
  levels: readonly LevelQuantity[],
  { seen, reads }: { readonly seen: Seen; readonly reads: Reads | undefined },
): readonly FindingRecord[] {
  const { observation, at, phase } = seen;
  const container = observation.container?.id;
  const { resources } = observation;
  if (container === undefined || resources === undefined) return none;
  const known = store.gauge(observation.host.id, container);
  const passed = passedSince(known, at);
  if (passed === undefined) return none;
  const before = passed.seconds === undefined ? undefined : known;
  const risen = before?.phase === phase ? before.charts : noCharts;
  const kept = known?.windows ?? noWindows;
  const due = ripe(kept, at);
  const waiting = due.length === 0 ? kept : unripe(kept, at);
  const memoryNamed = store.memoriesOf(observation.host.id, observation.workload.id);
  const counters: Record<string, number> = {};
  let charts: Record<string, Chart> | undefined;
  let open = seen.isHeld ? undefined : openWindow(waiting, at, phase);
  let windows = waiting;
  let found = none;
  for (const quantity of levels) {
    const { name } = quantity;
    const measured = quantity.value(resources);
    if (typeof measured !== 'number') continue;
    if (quantity.counter) counters[name] = measured;
    const value = quantity.counter ? riseOf(measured, before?.counters[name], passed) : measured;
    if (value === undefined) continue;
    reads?.({ quantity, value });
    const chart = risen[name];
    const stored = memoryNamed(name);
    const memory = stored?.kind === 'level' ? stored : newLevel(quantity, seen);
    let after = memory;
    let isChanged = memory !== stored;
    const isToJudge = !isQuiet(memory, { value, chart }, seen);
    if (isToJudge || due.length > 0) {
      const reading = { quantity, value, minutes: passed.minutes, chart, seen };
      const [judged, rising, told, isTaught] = judge(memory, reading, { due, isToJudge });
      after = judged;
      if (isTaught) isChanged = true;
      if (told.length > 0) found = [...found, ...told];
      if (rising !== undefined) charts = { ...charts, [name]: rising };
    }
    if (isChanged || after !== memory) store.setMemory(after);
    if (seen.isHeld) continue;
    if (open === undefined) {
      open = newWindow(at, phase);
      windows = [...waiting, open];
    }
    take(open, name, value);
  }
  store.setGauge(afterReading(known, seen, { container, counters, charts: charts ?? noCharts, windows }));
  return found;
}

const noCharts: Gauge['charts'] = {};

/** A reading on its chart, if it is to be judged, and what is ripe into what was learned. */
function judge(
  memory: LevelMemory,
  reading: LevelReading,
  { due, isToJudge }: { readonly due: readonly Window[]; readonly isToJudge: boolean },
): readonly [after: LevelMemory, rising: Chart | undefined, told: readonly FindingRecord[], isTaught: boolean] {
  const { quantity, seen } = reading;
  const [judged, rising, jumps] = isToJudge ? judgeLevel(memory, reading) : ([memory, undefined, none] as const);
  const taught = withWindows(judged, due, { quantity, seen, rising });
  if (taught === undefined) return [judged, rising, jumps, false];
  const [after, shifts] = judgeLearned(taught, reading);
  return [after, rising, shifts.length === 0 ? jumps : [...jumps, ...shifts], true];
}

/** Of a counter how fast it rose; undefined when it began anew or nobody knows when. */
const riseOf = (value: number, last: number | undefined, { seconds }: Passed): number | undefined =>
  last === undefined || seconds === undefined || value < last ? undefined : (value - last) / seconds;

/** Undefined when they teach nothing: else the memory, which may be the same one, grown. */
function withWindows(
  memory: LevelMemory,
  due: readonly Window[],
  {
    quantity,
    seen,
    rising,
  }: { readonly quantity: LevelQuantity; readonly seen: Seen; readonly rising: Chart | undefined },
): LevelMemory | undefined {
  let after: LevelMemory | undefined;
  for (const { window, phase, sketches } of due) {
    const sketch = sketches[quantity.name];
    if (sketch === undefined || isSuspect(rising, window)) continue;
    const growing: Growing<LevelMemory> = after ?? memory;
    growing.seen = seen.now;
    growing.needs = seen.needs;
    after = learned(growing, { window, phase, sketch }, quantity);
  }
  return after;
}

/** What may yet turn out to be a change is not learned, or a slow one would make itself usual. */
const isSuspect = (chart: Chart | undefined, window: number): boolean =>
  chart !== undefined && chart.since < (window + 1) * windowMs;

function learnWindow(
  store: QuantityStore,
  of: { readonly gauge: Gauge; readonly window: Window; readonly levels: ReadonlyMap<string, LevelQuantity> },
): void {
  const { gauge, window, levels } = of;
  for (const [name, sketch] of Object.entries(window.sketches)) {
    const quantity = levels.get(name);
    const ref = { host: gauge.host.id, workload: gauge.workload.id, quantity: name };
    const memory = store.memory(ref);
    if (quantity === undefined || memory?.kind !== 'level') continue;
    if (isSuspect(gauge.charts[name], window.window)) continue;
    const growing: Growing<LevelMemory> = memory;
    // Of what only runs for minutes nothing is learned but here: it would be forgotten as if it had not been seen.
    growing.seen = Math.max(memory.seen, gauge.flushAt);
    store.setMemory(learned(growing, { window: window.window, phase: window.phase, sketch }, quantity));
  }
}

/** An observation that can be judged: of a workload. */
export const isOfWorkload = (observation: Observation): observation is Seen['observation'] =>
  observation.workload !== undefined;

import type { FindingRecord } from '../../../shared/finding.ts';
import type { Observation } from '../../../shared/observation.ts';
import type { LevelMemory, PatternMemory, QuantityMemory } from '../../../shared/quantity-state.ts';
import { cappedRef } from '../../capped.ts';
import type { Restored } from '../../table.ts';
import { byKind } from '../kinds.ts';
import type { Chart } from './change.ts';
import { isFrozen, seeFrozen } from './enforced.ts';
import { type Gauge, passedSince, ripe, silentMs, type Window, windowMs, withReadings } from './gauge.ts';
import { learned } from './level.ts';
import { judgeLearned, judgeLevel, newLevel } from './levels.ts';
import { withoutLineage } from './pattern-values.ts';
import { newPattern, seePattern } from './patterns.ts';
import { newPool, poolRef, seePooled } from './pooled.ts';
import type { LevelQuantity, Measure, PatternQuantity, Quantity, RateQuantity } from './quantity.ts';
import { countRate, newRate, tainted } from './rates.ts';
import type { Seen } from './seen.ts';
import { createQuantityStore, type QuantityStore } from './store.ts';

type Reads = (read: { readonly quantity: LevelQuantity; readonly value: number }) => void;

/** The quantities of one partition. */
export interface Quantities {
  /** Learns from, and judges, what an observation shows; `reads` is told each level that is read. */
  judge(seen: Seen, reads?: Reads): readonly FindingRecord[];
  /** A lineage is in trouble now: what of it is not learned yet never will be. */
  trouble(at: { readonly host: string; readonly workload: string; readonly lineage: string }): void;
  /** Learns what waited of containers that are not read any more. */
  settle(now: number): void;
  readonly store: QuantityStore;
}

const ofKind = byKind<RateQuantity | PatternQuantity>();

export function createQuantities(restored: Restored, quantities: readonly Quantity[]): Quantities {
  const store = createQuantityStore(restored);
  const levels = quantities.filter((quantity) => quantity.kind === 'level');
  const others = quantities.filter((quantity) => quantity.kind !== 'level');
  const levelNamed = new Map(levels.map((quantity) => [quantity.name, quantity]));
  return {
    store,
    judge(seen, reads = () => undefined) {
      if (seen.observation.kind === 'resources') return readLevels(store, levels, { seen, reads });
      const found: FindingRecord[] = [];
      for (const quantity of ofKind(others, seen.observation.kind))
        for (const measure of quantity.measures(seen.observation))
          found.push(...sight(store, { quantity, measure, seen }));
      return found;
    },
    trouble({ host, workload, lineage }) {
      for (const gauge of store.gaugesOf(host, lineage))
        if (gauge.windows.length > 0) store.setGauge({ ...gauge, windows: [] });
      for (const { name } of others) {
        for (const ref of [{ host, workload, quantity: name }, poolRef(host, name)]) {
          const memory = store.memory(ref);
          if (memory !== undefined) update(store, memory, withTrouble(memory, lineage));
        }
      }
    },
    settle(now) {
      for (let due = store.dueGauge(now); due !== undefined; due = store.dueGauge(now)) {
        store.deleteGauge(due);
        for (const window of due.windows) learnWindow(store, { gauge: due, window, levels: levelNamed });
      }
    },
  };
}

const withTrouble = (memory: QuantityMemory, lineage: string): QuantityMemory =>
  memory.kind === 'rate' ? tainted(memory) : memory.kind === 'pattern' ? withoutLineage(memory, lineage) : memory;

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
    const [after, found] = countRate(memory, measure, { quantity, seen });
    update(store, known, after);
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

/** One reading of a container: every level on its chart, and into what waits to be learned. */
function readLevels(
  store: QuantityStore,
  levels: readonly LevelQuantity[],
  { seen, reads }: { readonly seen: Seen; readonly reads: Reads },
): readonly FindingRecord[] {
  const { observation, at, phase } = seen;
  const container = observation.container?.id;
  if (container === undefined) return [];
  const known = store.gauge(observation.host.id, container);
  const passed = passedSince(known, at);
  if (passed === undefined) return [];
  const old = passed.seconds === undefined || known?.phase !== phase ? undefined : known;
  const found: FindingRecord[] = [];
  const counters: Record<string, number> = {};
  const charts: Gauge['charts'] = {};
  const [due, waiting] = ripe(known?.windows ?? [], at);
  const read = new Map<string, number>();
  const memoryNamed = store.memoriesOf(observation.host.id, observation.workload.id);
  for (const quantity of levels) {
    const [measure] = quantity.measures(observation);
    if (measure === undefined) continue;
    if (quantity.counter) counters[quantity.name] = measure.value;
    const value = levelRead(quantity, measure, { before: known?.counters, seconds: passed.seconds });
    if (value === undefined) continue;
    reads({ quantity, value });
    const before = memoryNamed(quantity.name);
    const memory = before?.kind === 'level' ? before : newLevel(quantity, seen);
    const chart = old?.charts[quantity.name];
    const reading = { quantity, measure, value, minutes: passed.minutes, chart, seen };
    const [judged, rising, jumps] = judgeLevel(memory, reading);
    const taught = withWindows(judged, due, { quantity, seen, rising });
    const [after, shifts] = taught === judged ? [judged, []] : judgeLearned(taught, reading);
    update(store, before, after);
    if (jumps.length > 0 || shifts.length > 0) found.push(...jumps, ...shifts);
    if (rising !== undefined) charts[quantity.name] = rising;
    read.set(quantity.name, value);
  }
  const windows = seen.isHeld ? waiting : withReadings(waiting, { at, phase, levels: read });
  store.setGauge({ ...gaugeOf(seen, container), at, phase, counters, charts, windows });
  return found;
}

const gaugeOf = ({ observation, lineage, now }: Seen, container: string) => ({
  host: cappedRef(observation.host),
  workload: cappedRef(observation.workload),
  container,
  lineage,
  flushAt: now + silentMs,
});

/** Of a counter how fast it rose; undefined when it began anew or nobody knows when. */
function levelRead(
  { counter, name }: LevelQuantity,
  { value }: Measure,
  { before, seconds }: { readonly before: Gauge['counters'] | undefined; readonly seconds: number | undefined },
): number | undefined {
  if (!counter) return value;
  const last = before?.[name];
  return last === undefined || seconds === undefined || value < last ? undefined : (value - last) / seconds;
}

function withWindows(
  memory: LevelMemory,
  due: readonly Window[],
  {
    quantity,
    seen,
    rising,
  }: { readonly quantity: LevelQuantity; readonly seen: Seen; readonly rising: Chart | undefined },
): LevelMemory {
  let after = memory;
  for (const { window, phase, sketches } of due) {
    const sketch = sketches[quantity.name];
    if (sketch === undefined || isSuspect(rising, window)) continue;
    after = learned({ ...after, seen: seen.now, needs: seen.needs }, { window, phase, sketch }, quantity);
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
    store.setMemory(learned(memory, { window: window.window, phase: window.phase, sketch }, quantity));
  }
}

/** An observation that can be judged: of a workload. */
export const isOfWorkload = (observation: Observation): observation is Seen['observation'] =>
  observation.workload !== undefined;

import { baselineParts, phases } from '../../../shared/baseline-state.ts';
import { type QuantityMemory, quantitySchema, type RateMemory } from '../../../shared/quantity-state.ts';
import { createTable, entityKey, type Restored, type Table } from '../../table.ts';
import { createKeys } from '../keys.ts';
import { type Gauge, gaugeSchema } from './gauge.ts';
import { type Heard, heardSchema } from './heard.ts';
import { memoryText } from './text.ts';
import { dayMs } from './time.ts';

/** Caps per partition; what is seen longest ago gives way first, of memories those that still learn before all others, and those that are enforced last. */
const memoriesPerPartition = 16_384;
const gaugesPerPartition = 4_096;
const hostsPerPartition = 4_096;
/** A quantity not seen for so long is forgotten (record time). */
const forgetMs = 90 * dayMs;

export interface QuantityRef {
  readonly host: string;
  readonly workload: string;
  readonly quantity: string;
}

/** What a partition remembers of quantities. */
export interface QuantityStore {
  memory(ref: QuantityRef): QuantityMemory | undefined;
  /** Those of one workload, by the names of quantities: to ask for many. */
  memoriesOf(host: string, workload: string): (quantity: string) => QuantityMemory | undefined;
  setMemory(memory: QuantityMemory): void;
  deleteMemory(ref: QuantityRef): void;
  gauge(host: string, container: string): Gauge | undefined;
  setGauge(gauge: Gauge): void;
  deleteGauge(gauge: Gauge): void;
  /** Gauges of a lineage. */
  gaugesOf(host: string, lineage: string): readonly Gauge[];
  /** A gauge that was not read for long; memories and hosts long unseen are forgotten on the way. */
  dueGauge(now: number): Gauge | undefined;
  /** In which hours a host was heard. */
  heard(host: string): Heard | undefined;
  setHeard(heard: Heard): void;
  /** All rates of a host, its own among them. */
  ratesOf(host: string): readonly RateMemory[];
  readonly tables: readonly Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>[];
}

export function createQuantityStore(restored: Restored): QuantityStore {
  const keys = createKeys(memoryKey);
  const gaugeKeys = createKeys(gaugeKey);
  const keyOf = ({ host, workload, quantity }: QuantityRef): string => keys.of(host, workload, quantity);
  const gaugeKeyOf = (host: string, container: string): string => gaugeKeys.of(host, container, '');
  const memories = createTable<QuantityMemory>({
    ...restored,
    part: baselineParts.quantity,
    parse: (value) => quantitySchema.parse(value),
    text: memoryText,
    cap: memoriesPerPartition,
    worth: memoryWorth,
    groups: ({ kind, host }) => (kind === 'rate' ? [host.id] : []),
    sameGroups: (before, after) => before.kind === after.kind,
    wake: (memory) => (memory.mode === 'enforce' ? undefined : memory.seen + forgetMs),
  });
  const gauges = createTable<Gauge>({
    ...restored,
    part: 'gauge',
    parse: (value) => gaugeSchema.parse(value),
    cap: gaugesPerPartition,
    worth: (gauge) => gauge.flushAt,
    groups: (gauge) => [lineageKey(gauge.host.id, gauge.lineage)],
    sameGroups: (before, after) => before.lineage === after.lineage,
    wake: (gauge) => gauge.flushAt,
  });
  const heard = createTable<Heard>({
    ...restored,
    part: 'heard',
    parse: (value) => heardSchema.parse(value),
    cap: hostsPerPartition,
    worth: ({ seen }) => seen,
    wake: ({ seen }) => seen + forgetMs,
  });
  return {
    memory: (ref) => memories.get(keyOf(ref)),
    memoriesOf(host, workload) {
      const keyOfName = keys.within(host, workload);
      return (quantity) => memories.get(keyOfName(quantity));
    },
    setMemory: (memory) => memories.set(keys.of(memory.host.id, memory.workload.id, memory.quantity), memory),
    deleteMemory: (ref) => memories.delete(keyOf(ref)),
    gauge: (host, container) => gauges.get(gaugeKeyOf(host, container)),
    setGauge: (gauge) => gauges.set(gaugeKeyOf(gauge.host.id, gauge.container), gauge),
    deleteGauge: (gauge) => gauges.delete(gaugeKeyOf(gauge.host.id, gauge.container)),
    gaugesOf: (host, lineage) => gauges.group(lineageKey(host, lineage)).map(([, gauge]) => gauge),
    dueGauge(now) {
      for (let due = memories.due(now); due !== undefined; due = memories.due(now)) memories.delete(due[0]);
      for (let due = heard.due(now); due !== undefined; due = heard.due(now)) heard.delete(due[0]);
      return gauges.due(now)?.[1];
    },
    heard: (host) => heard.get(entityKey(host, 'heard')),
    setHeard: (one) => heard.set(entityKey(one.host.id, 'heard'), one),
    ratesOf: (host) => memories.valuesOf(host).flatMap((memory) => (memory.kind === 'rate' ? memory : [])),
    tables: [memories, gauges, heard],
  };
}

/** Above all record times: a higher rank counts for more than any time. */
const rankStep = 2 ** 50;

/** What somebody froze is worth more than what was learned, and that more than what still learns. */
const memoryWorth = (memory: QuantityMemory): number =>
  memory.seen + rankStep * (memory.mode === 'enforce' ? 1 : hasLearned(memory) ? 0 : -1);

const hasLearned = ({ progress }: QuantityMemory): boolean =>
  phases.some((phase) => progress[phase]?.state === 'steady');

export const refOf = ({ host, workload, quantity }: QuantityMemory): QuantityRef => ({
  host: host.id,
  workload: workload.id,
  quantity,
});

const memoryKey = (host: string, workload: string, quantity: string): string =>
  entityKey(host, baselineParts.quantity, workload, quantity);

const gaugeKey = (host: string, container: string): string => entityKey(host, 'gauge', container);

const lineageKey = (host: string, lineage: string): string => JSON.stringify([host, lineage]);

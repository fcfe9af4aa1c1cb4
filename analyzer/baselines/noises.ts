import { z } from 'zod';
import type { BaselineDecision } from '../../shared/decision.ts';
import { type Finding, type FindingRecord, type Severity, worstSeverity } from '../../shared/finding.ts';
import { deriveId } from '../../shared/hash.ts';
import { createTable, entityKey, type Restored, type Table } from '../table.ts';
import { isDeviation, numberIn, partsOf } from './combine.ts';
import type { Feature } from './feature.ts';
import type { Memories } from './memory.ts';
import { asRareAs, type Excursion, excursionSchema, rarityOf, withExcursion, withoutLast } from './noise.ts';
import type { BaselineOptions } from './options.ts';
import { quantities } from './quantities/index.ts';
import { inThousandths, rememberedMs } from './rate.ts';

const part = 'noise';
/** As many as there are memories; that of which nothing came for longest gives way first. */
const workloadsPerPartition = 4_096;

const noiseSchema = z
  .object({
    /** Record time since when the workload is known to this, ms since the epoch. */
    first: z.number(),
    /** Oldest first. */
    excursions: z.array(excursionSchema).readonly(),
  })
  .readonly();
type Noise = z.infer<typeof noiseSchema>;

/** What weighing findings takes beside them. */
interface Weighing {
  /** Record time. */
  readonly now: number;
  readonly memories: Pick<Memories, 'workload'>;
  readonly judging: { readonly features: readonly Feature[]; readonly options: Pick<BaselineOptions, 'mediumPerWeek'> };
}

/** What each workload of a partition showed lately that its features would have called medium. */
export interface Noises {
  /**
   * Findings with the severity that they have among all of their workload: what a feature takes for seldom stays medium where the workload shows what
   * is at least as rare at most so often a week, or never did. What is medium or above for another reason (enforced baselines, features that say so
   * themselves, signatures) is none of its business.
   */
  weighed(records: readonly FindingRecord[], weighing: Weighing): readonly FindingRecord[];
  /** What was approved was no deviation, what is to be forgotten is none of the workload's life, and what is learned anew had none. */
  decided(decision: BaselineDecision): void;
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>;
}

export function createNoises(restored: Restored): Noises {
  const table = createTable<Noise>({
    ...restored,
    part,
    parse: (value) => noiseSchema.parse(value),
    cap: workloadsPerPartition,
    worth: lastOf,
    wake: (noise) => lastOf(noise) + rememberedMs,
  });
  const settle = (now: number): void => {
    for (let due = table.due(now); due !== undefined; due = table.due(now)) table.delete(due[0]);
  };
  const weigh = (finding: Finding, { now, memories, judging }: Weighing): Finding => {
    const { workload, host, severity } = finding;
    const perWeek = numberIn(finding, 'deviation.expected_per_week');
    const lowest = ownSeverity(finding, judging.features);
    if (workload === undefined || perWeek === undefined || severity !== 'medium' || lowest === severity) return finding;
    const key = keyOf(host.id, workload.id);
    const known = table.get(key) ?? { first: now, excursions: [] };
    const first = memories.workload(host.id, workload.id)?.since ?? known.first;
    const [of = ''] = partsOf(finding);
    const rarity = rarityOf(perWeek, isOfChart(of) ? Math.min(now - first, rememberedMs) : now - first);
    const asRare = asRareAs(known.excursions, { rarity, first, now });
    // Where nothing as rare was, there is nothing to say that its feature is wrong.
    const isSeldom = asRare.count === 0 || asRare.perWeek <= judging.options.mediumPerWeek;
    const excursion: Excursion = isSeldom ? [rarity, now, hashOf(of), 'told'] : [rarity, now, hashOf(of)];
    const excursions = withExcursion(known.excursions, excursion);
    table.set(key, { first, excursions });
    return {
      ...finding,
      severity: isSeldom ? severity : lowest,
      observation: { ...finding.observation, ...fieldOf(asRare.perWeek) },
    };
  };
  return {
    weighed(records, weighing) {
      settle(weighing.now);
      if (!records.some(isDeviation)) return records;
      return records.map((record) =>
        isDeviation(record) ? { ...record, finding: weigh(record.finding, weighing) } : record,
      );
    },
    decided({ order, host }) {
      const key = keyOf(host.id, order.workload);
      const known = table.get(key);
      if (known === undefined) return;
      if (order.type === 'approve' || order.type === 'forget')
        table.set(key, {
          ...known,
          excursions: withoutLast(known.excursions, hashOf(`${order.feature}/${order.key}`)),
        });
      else if (order.type === 'reset' && order.feature === undefined) table.delete(key);
    },
    table,
  };
}

const keyOf = (host: string, workload: string): string => entityKey(host, part, workload);

const lastOf = ({ first, excursions }: Noise): number => excursions.at(-1)?.[1] ?? first;

/** Short: of one workload no more than a few are told apart. */
const hashOf = (of: string): string => deriveId(of).slice(0, 12);

const featureOf = (part: string): string => part.slice(0, part.indexOf('/'));

/** Charts remember what they did for that long, and expect no less for being watched longer; all else is counted from the beginning. */
const isOfChart = (part: string): boolean =>
  quantities.some(({ kind, name }) => kind === 'level' && name === featureOf(part));

/** What its features say whatever is expected; of numbers, low. */
const ownSeverity = (finding: Finding, features: readonly Feature[]): Severity =>
  partsOf(finding)
    .map((of) => features.find(({ name }) => name === featureOf(of))?.rule.severity ?? 'low')
    .reduce(worstSeverity, 'low');

const fieldOf = (perWeek: number): Readonly<Record<string, number>> =>
  Number.isFinite(perWeek) ? { 'deviation.workload_per_week': inThousandths(perWeek) } : {};

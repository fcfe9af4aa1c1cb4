import type { FindingRecord } from '../../../shared/finding.ts';
import { needsOfHours, type PatternMemory } from '../../../shared/quantity-state.ts';
import { cappedRef } from '../../capped.ts';
import { isNearKnown, type Unusual, wasToldLately } from './hours.ts';
import { taught, told } from './pattern-values.ts';
import { hourFinding, newPattern, seePattern, unusualNow, upToNow } from './patterns.ts';
import type { Measure, PatternQuantity } from './quantity.ts';
import type { Seen } from './seen.ts';
import type { QuantityRef } from './store.ts';

/** Of one workload so many are told by what is known of its host: one that is looked after at other hours learns them after all. */
const mostTold = 3;

/** Stands for all workloads of a host; ids of workloads are hexadecimal, so it is none of them. */
const everyWorkload = 'host';

/** Whether a memory is that of all workloads of a host. */
export const isPool = (workload: string): boolean => workload === everyWorkload;

export const poolRef = (host: string, quantity: string): QuantityRef => ({ host, workload: everyWorkload, quantity });

export function newPool(quantity: PatternQuantity, seen: Seen): PatternMemory {
  const workload = cappedRef({ id: everyWorkload, name: `every workload of ${seen.observation.host.name}` });
  return { ...newPattern(quantity, seen), workload };
}

/** What is known of one workload, and of all workloads of its host together. */
export interface Pooled {
  readonly own: PatternMemory;
  readonly pool: PatternMemory;
}

/**
 * Few people look after many workloads, so the hours at which any is visited say something about one that is visited seldom: while few are known of
 * its own, it is judged by those of all (complete pooling where there is no own estimate, partial pooling by which of them is known: A. Gelman,
 * J. Hill, "Data Analysis Using Regression and Multilevel/Hierarchical Models", 2007, chapter 12). What seven of its own say comes first. Who teaches the
 * pool an hour in one workload makes it known in those that are visited seldom, no more: without the pool nothing would be told of most of them.
 */
export function seePooled(
  { own: before, pool: poolBefore }: Pooled,
  measure: Measure,
  of: { readonly quantity: PatternQuantity; readonly seen: Seen },
): readonly [Pooled, readonly FindingRecord[]] {
  const { quantity, seen } = of;
  const { text: value } = measure;
  if (value === undefined) return [{ own: before, pool: poolBefore }, []];
  const own = upToNow(before, quantity, seen);
  const pool = upToNow(poolBefore, quantity, seen);
  if (isJudgedByPool({ own, pool }, value)) {
    const unusual = isTellable(own, value) ? unusualNow(pool, value, seen) : undefined;
    if (unusual === undefined) return [{ own: taught(own, value, seen), pool: taught(pool, value, seen) }, []];
    const finding = pooledFinding({ own, pool }, { ...measure, text: value }, { quantity, seen, unusual });
    return [{ own: told(own, value, seen), pool: told(pool, value, seen) }, [finding]];
  }
  const [after, found] = seePattern(own, measure, of);
  const isTold = after.novel.some(([novel]) => novel === value);
  const isNew = found.length > 0;
  return [{ own: after, pool: isNew ? told(pool, value, seen) : isTold ? pool : taught(pool, value, seen) }, found];
}

/** The same people go through many workloads in one night: it is that hour that is unusual, and once it was told the others say no more of it. */
function pooledFinding(
  { own, pool }: Pooled,
  measure: Measure & { readonly text: string },
  of: { readonly quantity: PatternQuantity; readonly seen: Seen; readonly unusual: Unusual },
): FindingRecord {
  const { quantity, seen } = of;
  const isTold = wasToldLately(pool.novel, measure.text, seen.at);
  const sentence = quantity.pooledSentence?.(measure.text) ?? quantity.sentence(measure.text);
  const fields = { ...measure.fields, 'deviation.judged_by': pool.workload.name };
  return hourFinding(
    own,
    { ...measure, fields },
    isTold ? { ...of, sentence: `${sentence} but what was told already`, severity: 'low' } : { ...of, sentence },
  );
}

/** Where all are learned, few visits of its own (by which they would be enough elsewhere) do not outweigh them. */
const isJudgedByPool = ({ own, pool }: Pooled, value: string): boolean =>
  (own.progress.steady?.state !== 'steady' || sightingsOf(own) < needsOfHours(own.needs).observations) &&
  pool.progress.steady?.state === 'steady' &&
  !own.novel.some(([novel]) => novel === value);

const sightingsOf = ({ known }: PatternMemory): number => known.reduce((sum, [, count]) => sum + count, 0);

const isTellable = ({ novel, known }: PatternMemory, value: string): boolean =>
  novel.length < mostTold && !isNearKnown(known, value);

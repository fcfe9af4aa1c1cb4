import type { Phase } from '../../../shared/baseline-state.ts';
import { type FindingRecord, type Severity, worstSeverity } from '../../../shared/finding.ts';
import { contentHash } from '../../../shared/hash.ts';
import type { Learned, QuantityMemory } from '../../../shared/quantity-state.ts';
import { subjectName } from '../../../shared/workload.ts';
import { makeFinding } from '../../finding.ts';
import { isFrozen } from './frozen.ts';
import type { Measure, QuantityRule } from './quantity.ts';
import type { Seen } from './seen.ts';

/** What does not fit, and by how much. */
export interface Deviation {
  readonly rule: QuantityRule;
  /** Default: the rule's. */
  readonly severity?: Severity;
  /** By what was learned of which; default: later. */
  readonly phase?: Phase;
  /** What of the quantity, for decisions: `level`, `drift`, or the value of a pattern. */
  readonly key: string;
  /** 0…1: how surprising. */
  readonly score: number;
  /** The same as something that may be approved, in words. */
  readonly item: string;
  /** For a person, after the name of the workload. */
  readonly sentence: string;
  readonly fields: Measure['fields'];
}

export function deviationFinding(memory: QuantityMemory, deviation: Deviation, seen: Seen): FindingRecord {
  const { rule, key, item, score, sentence, fields } = deviation;
  const { id, title, catalogue, techniques, tactics, tier } = rule;
  const isEnforced = isFrozen(memory, deviation.phase ?? 'steady');
  const severity = worstSeverity(deviation.severity ?? rule.severity, isEnforced ? 'high' : 'informational');
  const hash = contentHash({ id, title, catalogue, techniques, tactics });
  const finding = makeFinding(
    {
      kind: 'deviation',
      nature: 'event',
      severity,
      rule: { id, title, catalogue: [...catalogue], techniques: [...techniques], tactics: [...tactics], hash },
      tier,
      about: `${memory.workload.id}/${memory.quantity}/${key}`,
      summary: `${subjectName(memory)} ${sentence}${isEnforced ? ' (its baseline is enforced)' : ''}`,
      fields: {
        ...fields,
        'deviation.score': Math.round(score * 1_000) / 1_000,
        'deviation.feature': memory.quantity,
        'deviation.item': item,
        'deviation.key': key,
        ...learnedFields(memory.learned),
      },
    },
    { observation: seen.observation, now: seen.now, lineage: seen.lineage, ruleSet: seen.ruleSet },
  );
  return { type: 'finding', finding };
}

const learnedFields = (learned: Learned | undefined): Measure['fields'] =>
  learned === undefined
    ? {}
    : {
        'deviation.learned_p50': learned.p50,
        'deviation.learned_p90': learned.p90,
        'deviation.learned_p99': learned.p99,
        'deviation.learned_max': learned.max,
      };

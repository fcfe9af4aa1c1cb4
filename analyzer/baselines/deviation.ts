import type { Memory } from '../../shared/baseline-state.ts';
import { type Finding, worstSeverity } from '../../shared/finding.ts';
import { contentHash } from '../../shared/hash.ts';
import { makeFinding } from '../finding.ts';
import type { Item, Verdict } from './feature.ts';
import { isLearning } from './learning.ts';
import { inThousandths } from './rate.ts';
import { type Sight, type StoredSight, shown } from './sight.ts';
import { severityOf } from './surprise.ts';

/** The finding of an item that does not fit; `perWeek`: so many of the kind are expected in a week. */
export function deviation(
  memory: Memory,
  sight: StoredSight & { readonly verdict: Verdict },
  perWeek: number,
): Finding {
  const { verdict, stored } = sight;
  const score = inThousandths(verdict.score);
  // It did, but nobody learned from that.
  const sentence =
    stored?.alone === true ? `${verdict.sentence} but by one replica alone while learning` : verdict.sentence;
  const severity = severityOf(sight.feature.rule.severity, { perWeek, atMost: sight.mediumPerWeek });
  const isEnforced = memory.mode === 'enforce';
  return featureFinding(sight, {
    about: `${memory.workload.id}/${sight.key}`,
    severity: isEnforced ? worstSeverity(severity, 'high') : severity,
    summary: isEnforced ? `${sentence} (its baseline is enforced)` : sentence,
    fields: {
      ...sight.item.fields,
      'deviation.score': score,
      ...(Number.isFinite(perWeek) ? { 'deviation.expected_per_week': inThousandths(perWeek) } : {}),
      'deviation.feature': memory.feature,
      'deviation.item': shown(sight.item),
      'deviation.key': sight.key,
      // Its feature learns on, of other kinds.
      ...(isLearning(memory, sight.phase) && stored?.alone !== true ? { 'deviation.kind': sight.item.stratum } : {}),
    },
  });
}

/** What a digest is made of that this sighting opens. */
export const digestFinding = (
  memory: Memory,
  {
    feature,
    observation,
    lineage,
    now,
    ruleSet,
  }: Pick<Sight, 'feature' | 'observation' | 'lineage' | 'now' | 'ruleSet'>,
  rule: Finding['rule'],
): Finding =>
  makeFinding(
    {
      kind: 'deviation',
      nature: 'event',
      severity: 'informational',
      rule,
      tier: feature.rule.tier,
      about: `${memory.workload.id}/digest`,
      summary: feature.digests(1),
      fields: {},
      digest: true,
    },
    { observation, now, lineage, ruleSet },
  );

function featureFinding(
  { feature, observation, lineage, now, ruleSet }: Sight,
  of: { about: string; severity: Finding['severity']; summary: string; fields: Item['fields'] },
): Finding {
  const { id, title, catalogue, techniques, tactics, tier } = feature.rule;
  const hash = contentHash({ id, title, catalogue, techniques, tactics });
  const rule = { id, title, catalogue: [...catalogue], techniques: [...techniques], tactics: [...tactics], hash };
  return makeFinding({ ...of, kind: 'deviation', nature: 'event', rule, tier }, { observation, now, lineage, ruleSet });
}

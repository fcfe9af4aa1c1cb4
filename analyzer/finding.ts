import type { Finding } from '../shared/finding.ts';
import { deriveId } from '../shared/hash.ts';
import type { Observation } from '../shared/observation.ts';
import { traceparentOf } from '../shared/trace-context.ts';
import { cappedFields, cappedRef, cappedText } from './capped.ts';
import type { RuleInfo } from './sigma/rule.ts';

/** How a rule speaks of an observation; the rule language knows (analyzer/sigma). */
export interface Wording {
  /** The rule's summary with its places filled: from the fields of a sequence, if it is one that has them, else from the observation. */
  summary(rule: RuleInfo, observation: Observation, sequence?: Readonly<Record<string, unknown>>): string;
  /** Value of a field, under any of the names a rule may use for it; undefined when the observation has none. */
  value(observation: Observation, field: string): unknown;
}

/** What every finding of a stage has in common. */
export interface FindingContext {
  readonly observation: Observation;
  /** `logged` of the record that completed it. */
  readonly now: number;
  readonly lineage: string | undefined;
  readonly ruleSet: string;
}

/** What the maker of a finding says of it. */
export interface Verdict {
  readonly kind: Finding['kind'];
  readonly nature: Finding['nature'];
  readonly severity: Finding['severity'];
  readonly rule: Finding['rule'];
  readonly tier: string;
  /** What it is about, as part of its id: the container, or for a condition its subject. */
  readonly about: string;
  readonly summary: string;
  /** The fields that mattered, by name. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly subject?: string;
  readonly digest?: boolean;
}

/** Builds a finding (design §4 Identity: same kind, rule, subject and completing observation, same id). */
export function makeFinding(verdict: Verdict, context: FindingContext): Finding {
  const { observation, now, ruleSet } = context;
  return {
    id: deriveId(verdict.kind, verdict.rule.id, verdict.about, observation.id),
    at: observation.at,
    detectedAt: now,
    kind: verdict.kind,
    nature: verdict.nature,
    severity: verdict.severity,
    rule: verdict.rule,
    ruleSet,
    summary: cappedText(verdict.summary),
    host: cappedRef(observation.host),
    ...(observation.workload === undefined ? {} : { workload: cappedRef(observation.workload) }),
    ...containerOf(observation, context.lineage),
    ...creatorOf(observation),
    observation: {
      id: observation.id,
      kind: observation.kind,
      at: observation.at,
      ...cappedFields({ ...gapOf(observation), ...verdict.fields }),
    },
    coverage: { tier: verdict.tier },
    ...(verdict.subject === undefined ? {} : { subject: verdict.subject }),
    ...(observation.event.action === 'present' ? { posture: true } : {}),
    ...(verdict.digest === true ? { digest: true } : {}),
    traceparent: traceparentOf(observation.id),
  };
}

/** From when to when nothing was seen, whichever fields the rule reads: the ledger of gaps is made of them (alerting/feed/gaps.ts). */
const gapOf = ({ gap }: Observation): Readonly<Record<string, unknown>> =>
  gap === undefined ? {} : { 'gap.from': gap.from, 'gap.to': gap.to, 'gap.reason': gap.reason };

function containerOf(observation: Observation, lineage: string | undefined): Pick<Finding, 'container'> {
  const container = observation.container;
  if (container === undefined || lineage === undefined) return {};
  const { id, name } = cappedRef(container);
  const { config_hash: hash } = container;
  const configuration = hash === undefined ? {} : { configuration: hash };
  return { container: { id, name, image: cappedRef(container.image), lineage, ...configuration } };
}

/** Only where it is sure: a container that may have been another's must not share its incident. */
function creatorOf({ container, exec }: Observation): Pick<Finding, 'creator'> {
  const creator = exec?.creator ?? container?.creator;
  return creator?.certainty === 'observed' ? { creator: creator.container_id } : {};
}

/** The part of a rule that its findings carry. */
export const ruleOf = (rule: RuleInfo): Finding['rule'] => ({
  id: rule.id,
  title: rule.title,
  catalogue: [...rule.catalogue],
  techniques: [...rule.techniques],
  tactics: [...rule.tactics],
  hash: rule.hash,
});

/** Values of the fields that a rule reads, those that the observation has. */
export function fieldsOf(rule: RuleInfo, observation: Observation, wording: Wording): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of rule.fields) fields[name] = wording.value(observation, name);
  return fields;
}

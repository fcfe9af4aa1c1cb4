import type { StateChange } from '../shared/bus/port.ts';
import { messageOf } from '../shared/errors.ts';
import { type Finding, type FindingRecord, severityRank } from '../shared/finding.ts';
import type { Observation } from '../shared/observation.ts';
import type { Happening } from '../shared/telemetry/happenings.ts';
import { cappedRef } from './capped.ts';
import { type Conditions, createConditions, type Match } from './conditions/conditions.ts';
import { fieldsOf, makeFinding, ruleOf, type Wording } from './finding.ts';
import { createSequences, type Sequences } from './sequences.ts';
import type { Completed } from './sigma/correlation/contract.ts';
import type { Rule, RuleMatch, RuleSet } from './sigma/rule.ts';
import type { Concluded, Step } from './step.ts';
import type { Restored } from './table.ts';

/** What the signatures branch makes of a batch. */
export interface Conclusions {
  readonly concluded: readonly Concluded[];
  readonly happenings: readonly Happening[];
  readonly state: readonly StateChange[];
  readonly nextWake: number | undefined;
}

/** What the branch keeps of a partition. */
export interface Known {
  readonly conditions: Conditions;
  readonly sequences: Sequences;
}

export const restoreConclusions = (restored: Restored): Known => ({
  conditions: createConditions(restored),
  sequences: createSequences(restored),
});

/**
 * The signatures branch: every step against the rules; events become findings, conditions go through their life cycle, and all of them
 * together may complete a sequence.
 */
export function conclude(
  known: Known,
  steps: readonly Step[],
  { rules, wording }: { readonly rules: RuleSet; readonly wording: Wording },
): readonly [Known, Conclusions] {
  const { conditions, sequences } = known;
  const happenings: Happening[] = [];
  const match = (observation: Observation): readonly Rule[] => {
    const matches = rules.match(observation, (rule, error) => {
      happenings.push({ name: 'ruleFailed', rule: rule.id, reason: messageOf(error) });
    });
    happenings.push(...matches.flatMap(hidden));
    return matches.flatMap(({ rule, hiddenBy }) => (hiddenBy.length === 0 ? rule : []));
  };
  sequences.use(rules);
  const concluded = steps.map((step) => concludeStep(known, step, { match, wording, rules }));
  const state = [...conditions.tables, sequences.table].flatMap((table) => table.takeChanges());
  for (const count of conditions.tables.map((table) => table.takeEvicted())) {
    if (count > 0) happenings.push({ name: 'stateEvicted', part: 'conditions', count });
  }
  happenings.push(...sequences.takeHappenings());
  const wakes = [conditions.next(), sequences.next()].filter((time) => time !== undefined);
  const nextWake = wakes.length === 0 ? undefined : Math.min(...wakes);
  return [known, { concluded, happenings, state, nextWake }];
}

/** What a filter hides is still matched, and counted. */
const hidden = ({ rule, hiddenBy: [filter] }: RuleMatch): readonly Happening[] =>
  filter === undefined ? [] : [{ name: 'matchHidden', rule: rule.id, filter: filter.id }];

interface Means {
  readonly match: (observation: Observation) => readonly Rule[];
  readonly wording: Wording;
  readonly rules: RuleSet;
}

function concludeStep({ conditions, sequences }: Known, step: Step, means: Means): Concluded {
  const { now, observation } = step;
  const fired = conditions.fire(now);
  sequences.fire(now);
  if (observation === undefined) return { step, records: fired, troubles: [] };

  const lineage = conditions.note(observation, now);
  const matched = means.match(observation).filter((rule) => speaksOf(rule, observation));
  // Passed on behind the rules: where they fail, it does not arrive.
  if (observation.kind === 'canary') return { step, records: [...fired, canaryOf(observation)], troubles: [] };
  // Some only feed a sequence.
  const isTold = ({ id }: { readonly id: string }): boolean => !means.rules.silent.has(id);
  const rules = matched.filter(isTold);
  const about = (rule: Rule) => ({ observation, now, rule, means });
  const events = rules
    .filter((rule) => rule.nature === 'event')
    .map((rule) =>
      findingOf(about(rule), {
        lineage,
        about: observation.container?.id ?? observation.docker?.id ?? observation.host.id,
      }),
    );
  const matches = rules
    .filter((rule) => rule.nature === 'condition')
    .map(
      (rule): Match => ({
        row: rule.catalogue.length > 0 ? rule.catalogue.join('+') : rule.id,
        level: rule.level,
        finding: ({ lineage: of, subject }) => findingOf(about(rule), { lineage: of, about: subject, subject }),
      }),
    );
  const completed = sequences
    .take(matched, observation, now)
    .filter(({ correlation }) => isTold(correlation))
    .map((one) => sequenceFinding(one, { observation, now, lineage, means }));
  const made = [...events, ...completed];
  const told = conditions.observe(observation, now, matches);
  // Of a connection the collector names the container on the other side alone, whichever end that is.
  const far = observation.destination?.container_id ?? observation.source?.container_id;
  const sibling = conditions.container(observation.host.id, far)?.workload;
  return {
    step,
    records: [...fired, ...made.map((finding): FindingRecord => ({ type: 'finding', finding })), ...told],
    ...(lineage === undefined ? {} : { lineage }),
    troubles: made
      .filter(({ severity }) => severityRank(severity) >= severityRank('medium'))
      .map(({ rule }) => rule.id),
    ...(sibling === undefined ? {} : { sibling }),
  };
}

const canaryOf = ({ id, at, host }: Observation): FindingRecord => ({ type: 'canary', id, at, host: cappedRef(host) });

/** Fields of the objects of a snapshot; each of its observations carries one object and all facts of the container. */
const objectField = /^(snapshot|mount|device|port|namespace_join)\.|^Mount[A-Z]/;

/**
 * A snapshot comes as one observation for the container and one for each object. A rule that reads nothing of an object speaks of the
 * container: it is told of the container's own observation alone, not once more with every mount. Keyword rules read everything.
 */
function speaksOf(rule: Rule, { kind, snapshot }: Observation): boolean {
  if (kind !== 'container_configuration' || snapshot === undefined || snapshot.object === 'container') return true;
  return rule.fields.length === 0 || rule.fields.some((field) => objectField.test(field));
}

function findingOf(
  from: { readonly observation: Observation; readonly now: number; readonly rule: Rule; readonly means: Means },
  about: { readonly lineage: string | undefined; readonly about: string; readonly subject?: string },
): Finding {
  const { observation, now, rule, means } = from;
  return makeFinding(
    {
      kind: 'signature',
      nature: rule.nature,
      severity: rule.level,
      rule: ruleOf(rule),
      tier: rule.tier,
      about: about.about,
      summary: means.wording.summary(rule, observation),
      fields: fieldsOf(rule, observation, means.wording),
      ...(about.subject === undefined ? {} : { subject: about.subject }),
    },
    { observation, now, lineage: about.lineage, ruleSet: means.rules.hash },
  );
}

/** Members of the finding's observation that are not of the group. */
const ownNames = /^(?:group\.)*(?:id|kind|at|count|from|to)$/;

/** A field of the group by one of those names gets another one: what the sequence counted is not what the observation says it did. */
const apart = (group: Completed['group']): Completed['group'] =>
  Object.fromEntries(
    Object.entries(group).map(([name, value]) => [ownNames.test(name) ? `group.${name}` : name, value]),
  );

/** What completed a sequence is one of the things in it: the finding is about the group, and counts what was in the window. */
function sequenceFinding(
  { correlation, group, value, from, to }: Completed,
  context: {
    readonly observation: Observation;
    readonly now: number;
    readonly lineage: string | undefined;
    readonly means: Means;
  },
): Finding {
  const { observation, now, lineage, means } = context;
  const fields = { ...apart(group), count: value };
  return makeFinding(
    {
      kind: 'sequence',
      nature: 'event',
      severity: correlation.level,
      rule: ruleOf(correlation),
      tier: correlation.tier,
      about: JSON.stringify(Object.values(group)),
      summary: means.wording.summary(correlation, observation, fields),
      fields: { ...fields, from, to },
    },
    { observation, now, lineage, ruleSet: means.rules.hash },
  );
}

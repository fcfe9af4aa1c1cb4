import { type Finding, type Severity, severities, severityRank, worstSeverity } from '../../shared/finding.ts';
import type { Incident } from '../../shared/incident.ts';

/**
 * What the findings of an incident have to do with each other; bounded. Told by every finding, not by the lines: those have no room for all, and who
 * fills them may not decide what counts. How something is set up adds nothing but that it hides: nobody did it then.
 */
export interface Weight {
  /** The kinds of telemetry that its events of medium or above come from: `engine`, `procfs` … */
  readonly tiers: readonly string[];
  /** ATT&CK tactics of theirs. */
  readonly tactics: readonly string[];
  /** Ids of their rules. */
  readonly rules: readonly string[];
  /** Severity of the worst of them; `informational` where there is none. */
  readonly worst: Severity;
  /** Something of it hides from who watches, were it a condition. */
  readonly hides: boolean;
  /** One of these events is of another row. */
  readonly shows: boolean;
}

export const weightless: Weight = {
  tiers: [],
  tactics: [],
  rules: [],
  worst: 'informational',
  hides: false,
  shows: false,
};

const most = { tiers: 8, tactics: 30, rules: 8, text: 64 };

/** The weight with that finding. */
export function weighed(weight: Weight, { severity, nature, coverage, rule }: Finding): Weight {
  const hides = rule.catalogue.some((row) => evasions.has(row));
  if (!isGrave({ severity, nature })) return hides ? { ...weight, hides } : weight;
  return unitedWeight(weight, {
    tiers: [coverage.tier],
    tactics: rule.tactics,
    rules: [rule.id],
    worst: severity,
    hides,
    shows: !hides,
  });
}

export const unitedWeight = (a: Weight, b: Weight): Weight => ({
  tiers: added(a.tiers, b.tiers, most.tiers),
  tactics: added(a.tactics, b.tactics, most.tactics),
  rules: added(a.rules, b.rules, most.rules),
  worst: worstSeverity(a.worst, b.worst),
  hides: a.hides || b.hides,
  shows: a.shows || b.shows,
});

/** An incident's severity is the worst of its findings, or one step more than its worst event; `raised` says from where and why. */
export interface Judged {
  readonly severity: Severity;
  readonly raised?: Incident['raised'];
}

interface Parts {
  readonly head: Pick<Incident, 'kind' | 'severity'>;
  readonly weight: Weight;
}

/**
 * Recipe N13 of the catalogue: an event that is medium or high by itself is one step worse where events speak for each other. One step however many
 * reasons there are, never one more than how something is set up, and never for the posture of a host, in which nothing belongs together. Reasons
 * can only become more while an incident grows.
 */
export function judged({ head, weight }: Parts): Judged {
  const { severity } = head;
  const { worst: from } = weight;
  const raised = severities[severityRank(from) + 1] ?? from;
  if (head.kind === 'posture' || severityRank(raised) <= severityRank(severity)) return { severity };
  const because = reasons(weight);
  return because.length === 0 ? { severity } : { severity: raised, raised: { from, because } };
}

function reasons({ tiers, tactics, rules, hides, shows }: Weight): string[] {
  const because: string[] = [];
  if (rules.length > 1 && tiers.length > 1) because.push(`independent telemetry agrees: ${tiers.join(', ')}`);
  if (hides && shows) because.push('something of it hides from who watches');
  if (rules.length >= severalRules && tactics.length >= severalTactics) {
    const many = rules.length < most.rules ? rules.length : `${most.rules} or more`;
    because.push(`it spans ${tactics.length} tactics in findings of ${many} rules`);
  }
  return because;
}

/** A rule may have three tactics by itself: so many more, and of several rules, is somebody going on. */
const severalTactics = 4;
const severalRules = 3;

/** Rows of evasion that make whatever else is found on the same container worse. */
const evasions = new Set(['EVA-01', 'EVA-02', 'EVA-05']);

const isGrave = ({ severity, nature }: Pick<Finding, 'severity' | 'nature'>): boolean =>
  nature === 'event' && severityRank(severity) >= severityRank('medium');

function added(known: readonly string[], more: readonly string[], max: number): readonly string[] {
  const fresh = more.map((text) => text.slice(0, most.text)).filter((text) => !known.includes(text));
  return fresh.length === 0 || known.length >= max ? known : [...known, ...new Set(fresh)].sort().slice(0, max);
}

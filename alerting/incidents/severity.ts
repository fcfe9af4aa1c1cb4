import { type Finding, type Severity, severities, severityRank } from '../../shared/finding.ts';
import type { Incident } from '../../shared/incident.ts';
import type { Line } from './lines.ts';

/** What the events of medium or above in an incident have to do with each other; bounded. How something is set up adds nothing: nobody did it then. */
export interface Weight {
  /** The kinds of telemetry that they come from: `engine`, `procfs` … */
  readonly tiers: readonly string[];
  /** ATT&CK tactics of theirs. */
  readonly tactics: readonly string[];
}

export const weightless: Weight = { tiers: [], tactics: [] };

const most = { tiers: 8, tactics: 30, text: 64 };

/** The weight with that finding; the same one when it adds nothing. */
export function weighed(weight: Weight, { severity, nature, coverage, rule }: Finding): Weight {
  if (!isGrave({ severity, nature })) return weight;
  return unitedWeight(weight, { tiers: [coverage.tier], tactics: rule.tactics });
}

export function unitedWeight(a: Weight, b: Weight): Weight {
  const tiers = added(a.tiers, b.tiers, most.tiers);
  const tactics = added(a.tactics, b.tactics, most.tactics);
  return tiers === a.tiers && tactics === a.tactics ? a : { tiers, tactics };
}

/** An incident's severity is the worst of its findings, or one step more; `raised` says from where and why. */
export interface Judged {
  readonly severity: Severity;
  readonly raised?: Incident['raised'];
}

interface Parts {
  readonly head: Pick<Incident, 'kind' | 'severity'>;
  readonly lines: readonly Line[];
  readonly weight: Weight;
}

/**
 * Recipe N13 of the catalogue: what is medium or high by itself is one step worse where events speak for each other. One step however many reasons
 * there are, and never for the posture of a host, in which nothing belongs together. Reasons can only become more while an incident grows.
 */
export function judged({ head, lines, weight }: Parts): Judged {
  const { severity } = head;
  if (head.kind === 'posture' || severity === 'critical') return { severity };
  const because = reasons(lines, weight);
  if (because.length === 0) return { severity };
  return { severity: severities[severityRank(severity) + 1] ?? severity, raised: { from: severity, because } };
}

function reasons(lines: readonly Line[], { tiers, tactics }: Weight): string[] {
  const grave = lines.filter(({ told }) => isGrave(told));
  const rules = new Set(grave.map(({ told }) => told.rule.id));
  const because: string[] = [];
  if (rules.size > 1 && tiers.length > 1) because.push(`independent telemetry agrees: ${tiers.join(', ')}`);
  if (lines.some(evades) && grave.some((line) => !evades(line))) because.push('something of it hides from who watches');
  if (rules.size >= severalRules && tactics.length >= severalTactics)
    because.push(`it spans ${tactics.length} tactics in findings of ${rules.size} rules`);
  return because;
}

/** A rule may have three tactics by itself: so many more, and of several rules, is somebody going on. */
const severalTactics = 4;
const severalRules = 3;

/** Rows of evasion that make whatever else is found on the same container worse. */
const evasions = new Set(['EVA-01', 'EVA-02', 'EVA-05']);
const evades = ({ told }: Line): boolean => told.rule.catalogue.some((row) => evasions.has(row));

const isGrave = ({ severity, nature }: Pick<Finding, 'severity' | 'nature'>): boolean =>
  nature === 'event' && severityRank(severity) >= severityRank('medium');

function added(known: readonly string[], more: readonly string[], max: number): readonly string[] {
  const fresh = more.map((text) => text.slice(0, most.text)).filter((text) => !known.includes(text));
  return fresh.length === 0 || known.length >= max ? known : [...known, ...new Set(fresh)].sort().slice(0, max);
}

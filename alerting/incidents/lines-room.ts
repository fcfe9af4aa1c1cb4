import { severityRank } from '../../shared/finding.ts';
import type { Incident } from '../../shared/incident.ts';
import { isNeverHidden } from '../../shared/never-hidden.ts';
import type { IncidentLimits } from './limits.ts';

type Told = Pick<Incident['findings'][number], 'rule' | 'severity' | 'endedAt'>;
interface Listed {
  readonly told: Told;
}

/** The lines with that one, and the one that it pushed out; undefined when there is no room for it. */
export type Placed<L> = { readonly lines: readonly L[]; readonly left?: L } | undefined;

/**
 * Puts a line more among those of an incident, last. A rule has its share of them (`linesPerRule`); what nobody can hide takes more as long as there
 * is room. When there is none:
 * - the first line of a rule has room all the same, as long as another rule has several;
 * - a graver line pushes out one that is less grave, though not the only one of its rule;
 * - what a rule has beyond its share gives way to a line of another one within its own that is worth as much, too;
 * - what nobody can hide gives way within its share to the like of it alone, and to the first line of a rule when nothing else is left.
 * The least grave gives way, then what is no longer so, then one of the rule with the most lines, then the oldest.
 */
export function placeLine<L extends Listed>(lines: readonly L[], line: L, limits: IncidentLimits): Placed<L> {
  const own = lines.filter(({ told }) => told.rule.id === line.told.rule.id).length;
  const isWithin = own < limits.linesPerRule;
  if (lines.length < limits.lines && (isWithin || isKept(line))) return { lines: [...lines, line] };
  const left = leaves(lines, line, { own, limits });
  return left === undefined ? undefined : { lines: [...lines.filter((other) => other !== left), line], left };
}

function leaves<L extends Listed>(
  lines: readonly L[],
  line: L,
  { own, limits }: { readonly own: number; readonly limits: IncidentLimits },
): L | undefined {
  const counts = new Map<string, number>();
  for (const { told } of lines) counts.set(told.rule.id, (counts.get(told.rule.id) ?? 0) + 1);
  const countOf = ({ told }: L): number => counts.get(told.rule.id) ?? 0;
  const least = (some: readonly L[]): L | undefined =>
    some.toSorted((a, b) => byWorth(a, b) || countOf(b) - countOf(a))[0];
  const isLower = (other: L): boolean => gradeOf(other) < gradeOf(line) && (isOrdinary(other) || isKept(line));

  const isWithin = own < limits.linesPerRule;
  const surplus = lines.filter((other) => countOf(other) > 1);
  // There may be more rules than lines.
  if (own === 0)
    return least(surplus.some(isOrdinary) ? surplus.filter(isOrdinary) : surplus) ?? least(lines.filter(isLower));
  if (!isWithin && isOrdinary(line))
    return least(lines.filter((other) => other.told.rule.id === line.told.rule.id && isLower(other)));
  const isBorrowed = (other: L): boolean =>
    isWithin && countOf(other) > limits.linesPerRule && gradeOf(other) <= gradeOf(line);
  return least(surplus.filter((other) => isLower(other) || isBorrowed(other)));
}

/** Nobody can hide it. */
const isKept = ({ told }: Listed): boolean => isNeverHidden(told.rule.catalogue, told.severity);
const isOrdinary = (line: Listed): boolean => !isKept(line);

/** How much a line is worth: by severity, and of equally grave ones more when nobody can hide it. */
const gradeOf = (line: Listed): number => 2 * severityRank(line.told.severity) + (isKept(line) ? 1 : 0);

const byWorth = (a: Listed, b: Listed): number =>
  gradeOf(a) - gradeOf(b) || Number(a.told.endedAt === undefined) - Number(b.told.endedAt === undefined);

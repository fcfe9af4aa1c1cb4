import { clip } from '../../shared/clip.ts';
import { type Finding, worstSeverity } from '../../shared/finding.ts';
import type { Incident, LineChange } from '../../shared/incident.ts';
import { lineKey, subjectKey } from './grouping.ts';
import type { IncidentLimits } from './limits.ts';
import { placeLine } from './lines-room.ts';

/** A line of an incident: equal findings with their count. */
export interface Line {
  readonly key: string;
  /** Conditions only. */
  readonly subject?: string;
  readonly told: Incident['findings'][number];
  /** What became of it last, and the version of the incident that tells so. */
  readonly changed?: { readonly in: number; readonly how: LineChange };
}

/** The line as an update of that version tells it: what is new there stays new, whatever more becomes of it. */
const changed = (line: Line, how: LineChange, version: number): Line =>
  line.changed?.in === version && line.changed.how === 'new' ? line : { ...line, changed: { in: version, how } };

const longestId = 100;

/** Lines, and what of them has none any more, or got none. */
export interface Listed {
  readonly lines: readonly Line[];
  readonly left: readonly Line[];
}

/**
 * The lines with the finding counted in its own, or with a line more; `left` is what there was no room for: that line, or the one that it pushed out.
 * @param version of the incident that will tell it
 */
export function addLine(
  lines: readonly Line[],
  finding: Finding,
  { limits, version }: { readonly limits: IncidentLimits; readonly version: number },
): Listed {
  const key = lineKey(finding);
  const index = lines.findIndex((line) => line.key === key);
  const known = lines[index];
  if (known !== undefined)
    return {
      lines: lines.with(index, changed({ ...known, told: again(known.told, finding) }, 'more', version)),
      left: [],
    };
  return listed(lines, changed(newLine(key, finding), 'new', version), limits);
}

/** The lines with that condition no longer so; undefined when none of them has it open. @param ended.version as for `addLine` */
export function endLine(
  lines: readonly Line[],
  { subject, at, version }: { readonly subject: string; readonly at: number; readonly version: number },
): readonly Line[] | undefined {
  const index = lines.findIndex((line) => line.subject === subject && line.told.endedAt === undefined);
  const line = lines[index];
  if (line === undefined) return undefined;
  return lines.with(index, changed({ ...line, told: { ...line.told, endedAt: at } }, 'ended', version));
}

/** The lines of two incidents, of which the second has told its own. */
export function mergeLines(ours: readonly Line[], theirs: readonly Line[], limits: IncidentLimits): Listed {
  let lines = ours;
  const left: Line[] = [];
  for (const { changed: _, ...line } of theirs) {
    const index = lines.findIndex(({ key }) => key === line.key);
    const known = lines[index];
    if (known !== undefined) lines = lines.with(index, { ...known, told: sum(known.told, line.told) });
    else {
      const placed = listed(lines, line, limits);
      lines = placed.lines;
      left.push(...placed.left);
    }
  }
  return { lines, left };
}

function listed(lines: readonly Line[], line: Line, limits: IncidentLimits): Listed {
  const placed = placeLine(lines, line, limits);
  if (placed === undefined) return { lines, left: [line] };
  return { lines: placed.lines, left: placed.left === undefined ? [] : [placed.left] };
}

/** Findings in those lines. */
export const countOf = (lines: readonly Line[]): number => lines.reduce((sum, { told }) => sum + told.count, 0);

/** Subjects of the conditions that are still so. */
export const openSubjects = (lines: readonly Line[]): readonly string[] =>
  lines.flatMap(({ subject, told }) => (subject === undefined || told.endedAt !== undefined ? [] : [subject]));

/** What has ended in one of them only is still so. */
function sum(a: Line['told'], b: Line['told']): Line['told'] {
  const { endedAt: _, ...told } = a;
  const ended = a.endedAt === undefined || b.endedAt === undefined ? undefined : Math.max(a.endedAt, b.endedAt);
  return {
    ...told,
    severity: worstSeverity(a.severity, b.severity),
    count: a.count + b.count,
    firstAt: Math.min(a.firstAt, b.firstAt),
    lastAt: Math.max(a.lastAt, b.lastAt),
    ...(ended !== undefined && { endedAt: ended }),
  };
}

/** Whether it is a line of the rule of that id. */
export const sameRule = ({ rule }: Pick<Line['told'], 'rule'>, id: string): boolean => rule.id === clip(id, longestId);

/** Whether a rule has a line there. */
export const hasRule = (lines: readonly Line[], id: string): boolean => lines.some(({ told }) => sameRule(told, id));

/** How many conditions are still so. */
export const openLines = (lines: readonly Line[]): number => openSubjects(lines).length;

function newLine(key: string, finding: Finding): Line {
  const { rule } = finding;
  const told = {
    id: finding.id,
    rule: {
      id: clip(rule.id, longestId),
      title: clip(rule.title, 200),
      catalogue: rule.catalogue.slice(0, 20).map((row) => clip(row, 32)),
    },
    kind: finding.kind,
    nature: finding.nature,
    severity: finding.severity,
    summary: clip(finding.summary, 500),
    count: 1,
    firstAt: finding.at,
    lastAt: finding.at,
  };
  if (finding.nature !== 'condition' || finding.subject === undefined) return { key, told };
  return { key, subject: subjectKey(finding.subject), told };
}

/** What is so again has not ended. */
function again(line: Line['told'], finding: Finding): Line['told'] {
  const { endedAt: _, ...told } = line;
  return {
    ...told,
    severity: worstSeverity(told.severity, finding.severity),
    count: told.count + 1,
    firstAt: Math.min(told.firstAt, finding.at),
    lastAt: Math.max(told.lastAt, finding.at),
  };
}

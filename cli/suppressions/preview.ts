import { escapeControl } from '../../shared/escape.ts';
import { type Finding, type Severity, severities } from '../../shared/finding.ts';
import { neverHiddenText } from '../../shared/never-hidden.ts';
import { type Suppression, verdictOn } from '../../shared/suppression.ts';
import { type History, mostFindings } from './history.ts';

export interface Preview {
  readonly hidden: readonly Finding[];
  /** They fit, but nobody can hide them. */
  readonly told: readonly Finding[];
}

/** What a suppression would have done to the findings of the past: judged by what judges those to come. */
export function previewOf(suppression: Pick<Suppression, 'host' | 'scope'>, { findings }: History): Preview {
  const by = (verdict: string) => findings.filter((finding) => verdictOn(suppression, finding) === verdict);
  return { hidden: by('suppressed'), told: by('told') };
}

/** Whether it would hide what is grave. */
export const isGrave = ({ hidden }: Preview): boolean =>
  hidden.some(({ severity }) => severity === 'high' || severity === 'critical');

const mostExamples = 5;

export function previewLines({ hidden, told }: Preview, { findings, isCut }: History): readonly string[] {
  const newest = [...hidden].sort((a, b) => b.at - a.at).slice(0, mostExamples);
  return [
    `would have hidden ${counted(hidden.length)} of ${findings.length}${gravest(hidden)}`,
    ...newest.map(({ at, severity, summary }) => {
      const when = new Date(at).toISOString();
      return `  ${when}  ${severity.padEnd(13)} ${escapeControl(summary, 200)}`;
    }),
    ...(told.length === 0 ? [] : [`${counted(told.length)} more would be told all the same: ${neverHiddenText}`]),
    ...(isCut ? [`looked at the first ${mostFindings} only: name a later time with --since`] : []),
  ];
}

const counted = (count: number): string => (count === 1 ? '1 finding' : `${count} findings`);

/** `, 1 of them critical, 3 high`: the two gravest severities that there are. */
function gravest(hidden: readonly Finding[]): string {
  const counts = new Map<Severity, number>();
  for (const { severity } of hidden) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  const [worst, next] = [...severities].reverse().flatMap((severity) => {
    const count = counts.get(severity);
    return count === undefined ? [] : [`${count} ${severity}`];
  });
  if (worst === undefined) return '';
  const first = worst.replace(' ', ' of them ');
  return next === undefined ? `, ${first}` : `, ${first}, ${next}`;
}

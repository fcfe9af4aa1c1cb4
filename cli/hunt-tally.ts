import type { HuntedPage } from '../analyzer/hunt.ts';
import { type Finding, severities } from '../shared/finding.ts';

/** What a hunt went through, and what it told. */
export interface Tally {
  note(page: HuntedPage, found: readonly Finding[]): void;
  readonly records: number;
  readonly rejected: number;
  /** Records that retention deleted meanwhile. */
  readonly lost: number;
  readonly severities: ReadonlyMap<Finding['severity'], number>;
}

export function createTally(): Tally {
  const counts = new Map<Finding['severity'], number>();
  const tally = {
    records: 0,
    rejected: 0,
    lost: 0,
    severities: counts,
    note({ records, rejected, gaps }: HuntedPage, found: readonly Finding[]) {
      tally.records += records;
      tally.rejected += rejected;
      tally.lost += gaps.reduce((sum, { from, to }) => sum + to - from, 0);
      for (const { severity } of found) counts.set(severity, (counts.get(severity) ?? 0) + 1);
    },
  };
  return tally;
}

/** The end of a hunt for a person. */
export function tallyLines(tally: Tally, rules: number): readonly string[] {
  const { records, rejected, lost } = tally;
  const worstFirst = [...severities].reverse();
  const found = [...tally.severities.values()].reduce((sum, count) => sum + count, 0);
  const by = worstFirst.flatMap((severity) => {
    const count = tally.severities.get(severity);
    return count === undefined ? [] : [`${count} ${severity}`];
  });
  return [
    `${counted(found, 'finding')}${by.length === 0 ? '' : ` (${by.join(', ')})`} in ${counted(records, 'record')}, by ${counted(rules, 'rule')}`,
    ...(rejected === 0 ? [] : [`${counted(rejected, 'record')} could not be read as observations`]),
    ...(lost === 0 ? [] : [`${counted(lost, 'record')} were deleted by retention before they could be read`]),
  ];
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

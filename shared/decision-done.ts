import type { DecisionAnswer } from './decision.ts';

/** What became of one feature of a workload by a decision about several. */
export type Done = NonNullable<DecisionAnswer['features']>[number];

/** Features to which the same happened. */
export interface DoneAlike {
  readonly features: readonly string[];
  /** What happened to each. */
  readonly text: string;
}

/** So many features are named in a sentence; more are counted. */
const mostNamed = 3;

/** In the order of the first of each; items that were forgotten are added up. */
export function doneAlike(done: readonly Done[]): readonly DoneAlike[] {
  const alike = new Map<string, Done[]>();
  for (const one of done) alike.set(one.text, [...(alike.get(one.text) ?? []), one]);
  return [...alike].map(([text, ones]) => ({
    features: ones.map(({ feature }) => feature),
    text: `${text}${forgotten(ones.flatMap(({ forgotten: items }) => items ?? []))}`,
  }));
}

const forgotten = (counts: readonly number[]): string =>
  counts.length === 0
    ? ''
    : `, ${counted(
        counts.reduce((sum, count) => sum + count, 0),
        'item',
      )} forgotten`;

/** All of it as one sentence, that names few features and counts many. */
export const doneText = (workload: string, done: readonly Done[]): string =>
  `${workload}: ${doneAlike(done)
    .map(
      ({ features, text }) =>
        `${features.length > mostNamed ? counted(features.length, 'feature') : features.join(', ')}: ${text}`,
    )
    .join('; ')}`;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

import { type Finding, type FindingRecord, severityRank } from '../../shared/finding.ts';
import { contentHash } from '../../shared/hash.ts';
import { cappedText } from '../capped.ts';

/** Parts of one finding; what more of one observation deviates makes another one. */
export const mostParts = 32;
/** Of a part's sentence, in UTF-16 units, and so many of them beside the first. */
const longestSentence = 240;
const sentencesShown = 3;

/**
 * What deviates in one observation is one thing that happened, and one finding: of its rarest part, which names the others.
 *
 * Parts depend on each other in ways nobody knows: a command starts a program, that runs as somebody and connects. Whatever these are, all of them
 * at once come at most as often as the rarest alone,
 *
 *   λ(A₁ ∧ … ∧ Aₖ) ≤ min λᵢ
 *
 * (M. Fréchet, "Généralisation du théorème des probabilités totales", Fundamenta Mathematicae 25, 1935, 379–387), and that often where one follows
 * from the other. So the finding's `expected_per_week` is the least of its parts', and as a part is medium where λᵢ is at most the setting, so is
 * the whole: the setting means what it does for a single one. Products of probabilities (Fisher) would take the parts for independent, and tell
 * far too much; Bonferroni's k · min and the harmonic mean (D. J. Wilson, PNAS 116, 2019, 1195–1200) bound how often *any* of k deviates, and would
 * call an observation the less surprising the more of it does.
 *
 * @param records of one observation, no digests; what is no deviation stays as it is, ahead of them
 */
export function combined(records: readonly FindingRecord[]): readonly FindingRecord[] {
  const deviations = records.flatMap((record) => (isDeviation(record) ? [record.finding] : []));
  if (deviations.length < 2) return records;
  const ranked = [...deviations].sort(
    (a, b) => severityRank(b.severity) - severityRank(a.severity) || perWeek(a) - perWeek(b) || scoreOf(b) - scoreOf(a),
  );
  const found: FindingRecord[] = records.filter((record) => !isDeviation(record));
  for (let from = 0; from < ranked.length; from += mostParts) {
    const [first, ...others] = ranked.slice(from, from + mostParts);
    if (first !== undefined) found.push({ type: 'finding', finding: together(first, others) });
  }
  return found;
}

/** A finding of what deviates, no digest. */
export const isDeviation = (record: FindingRecord): record is Extract<FindingRecord, { type: 'finding' }> =>
  record.type === 'finding' && record.finding.kind === 'deviation' && record.finding.digest !== true;

export const numberIn = ({ observation }: Finding, name: string): number | undefined => {
  const value = observation[name];
  return typeof value === 'number' ? value : undefined;
};
const perWeek = (finding: Finding): number => numberIn(finding, 'deviation.expected_per_week') ?? Number.MAX_VALUE;
const scoreOf = (finding: Finding): number => numberIn(finding, 'deviation.score') ?? 0;

/** Ids of the rarest part: the same parts give the same finding. */
function together(first: Finding, others: readonly Finding[]): Finding {
  if (others.length === 0) return first;
  const parts = [first, ...others];
  const least = Math.min(...parts.map(perWeek));
  return {
    ...first,
    rule: ruleOf(parts),
    summary: summaryOf(parts),
    observation: {
      // Of what several say, what the first one says counts.
      ...Object.fromEntries(others.toReversed().flatMap(({ observation }) => shownBy(observation))),
      ...first.observation,
      'deviation.score': Math.max(...parts.map(scoreOf)),
      ...(least < Number.MAX_VALUE ? { 'deviation.expected_per_week': least } : {}),
      'deviation.parts': parts.map(partName),
    },
  };
}

/** What is known of a part stands in its baseline; here are the fields that showed it. */
const shownBy = (observation: Finding['observation']): readonly (readonly [string, unknown])[] =>
  Object.entries(observation).filter(([name]) => !name.startsWith('deviation.'));

/** All parts of a finding as `feature/key`, the rarest first. */
export function partsOf(finding: Finding): readonly string[] {
  const parts = finding.observation['deviation.parts'];
  return Array.isArray(parts) ? parts.map(textOf) : [partName(finding)];
}

/** `feature/key`: a feature's name has no slash. */
const partName = ({ observation }: Finding): string =>
  ['feature', 'key'].map((name) => textOf(observation[`deviation.${name}`])).join('/');

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function ruleOf(parts: readonly Finding[]): Finding['rule'] {
  const [first] = parts.map(({ rule }) => rule);
  const all = (of: (rule: Finding['rule']) => readonly string[]): string[] => [
    ...new Set(parts.flatMap(({ rule }) => of(rule))),
  ];
  const { id = '', title = '' } = first ?? {};
  const united = {
    id,
    title,
    catalogue: all(({ catalogue }) => catalogue),
    techniques: all(({ techniques }) => techniques),
    tactics: all(({ tactics }) => tactics),
  };
  return { ...united, hash: contentHash(united) };
}

function summaryOf(parts: readonly Finding[]): string {
  const sentences = parts.map(({ summary }) => cappedText(summary, longestSentence));
  const [first = '', ...others] = sentences;
  const more = others.length - sentencesShown;
  const shown = [...others.slice(0, sentencesShown), ...(more > 0 ? [`${more} more`] : [])];
  return cappedText(`${first}; also: ${shown.join('; ')}`);
}

import { z } from 'zod';

/**
 * What a part of Moorwatch stands still at: a record of the log that its group does not get past. Written into the topic `status` under `standstill/…` as long
 * as it is so, by whichever alerting sees it; all that is told of it is derived from these few facts, so that every alerting tells the same.
 */
export const standstillSchema = z.object({
  part: z.literal('standstill'),
  /** `sink/<name>`, `analyzer/<partition>` or `alerting/<partition>`. */
  of: z.string().max(200),
  partition: z.number().int().nonnegative(),
  offset: z.number().int().nonnegative(),
  /** When that record was appended, ms: not since when it stands there. */
  since: z.number(),
});
export type Standstill = z.infer<typeof standstillSchema>;

/** Of its keys in the topic `status`. */
export const standstillPrefix = 'standstill/';

/** Key in the topic `status`. */
export const standstillKey = ({ of, partition, offset }: Standstill): string =>
  `${standstillPrefix}${of}/${partition}@${offset}`;

/** More of them at once are nobody's who means well. */
export const mostStandstills = 1_000;

/** What is so, for a person. */
export function standstillText({ of, partition, since }: Standstill): string {
  const [kind, name = ''] = partsOf(of);
  // Its age says nothing of how long: other partitions may go on, and a backlog may have been worked on until a moment ago.
  const record = `a record of ${new Date(since).toISOString().replace(/\.\d+Z$/, 'Z')}`;
  if (kind === 'sink') return `the sink ${name} does not get past ${record}`;
  const what = kind === 'analyzer' ? 'observations is not analyzed' : 'findings does not become incidents';
  return `partition ${partition} of ${what} past ${record}`;
}

/** What to do about it, for a person. */
export function standstillFix(of: string): string {
  const [kind, name = ''] = partsOf(of);
  if (kind === 'sink') return `moorwatch sinks test ${name}, and moorwatch sinks list for its last error`;
  return `look whether the ${kind} runs, and at its log; moorwatch doctor where it runs`;
}

function partsOf(of: string): readonly [kind: string, name?: string] {
  const cut = of.indexOf('/');
  return cut < 0 ? [of] : [of.slice(0, cut), of.slice(cut + 1)];
}

import { z } from 'zod';
import type { Memory } from '../../shared/baseline-state.ts';
import { type Finding, type FindingRecord, findingSchema } from '../../shared/finding.ts';
import { contentHash } from '../../shared/hash.ts';
import { subjectName } from '../../shared/workload.ts';
import { cappedText } from '../capped.ts';
import { createTable, entityKey, type Restored, type Table } from '../table.ts';
import type { Feature } from './feature.ts';
import type { Memories } from './memory.ts';
import type { ToReview } from './review.ts';
import { reviewRule, reviewText, toReviewSchema, withReview } from './review-digest.ts';

/** Novelty is told at most once in so much record time per workload, whatever it is of. */
export const digestMs = 3_600_000;
const samplesKept = 5;
/** Of each feature, when there are several. */
const samplesOfMany = 2;
const digestsPerPartition = 4_096;

/** What digests say of their rule. */
const named = { id: '61f0b7a4-3c58-4d2e-9b16-8a7d5e0c4f92', title: 'Seen for the first time while learning' };
const digestRule: Finding['rule'] = {
  ...named,
  catalogue: [],
  techniques: [],
  tactics: [],
  hash: contentHash(named),
};

/** Novelty of one feature. */
const partSchema = z.object({
  feature: z.string(),
  count: z.number().int(),
  samples: z.array(z.string()),
  /** There was no room for some of it. */
  full: z.boolean().optional(),
  /** Some of it is beyond what a day brings findings of. */
  limited: z.boolean().optional(),
});
type Part = z.infer<typeof partSchema>;

const digestSchema = z.object({
  workload: z.string(),
  wakeAt: z.number(),
  lastAt: z.number(),
  parts: z.array(partSchema),
  /** It is of what was learned, not of what is new. */
  review: toReviewSchema.optional(),
  /** Made of what opened it; told with a summary of all. */
  finding: findingSchema,
});
type Digest = z.infer<typeof digestSchema>;

/** One thing that is new to a memory and not worth a finding of its own. */
export interface Novelty {
  readonly text: string;
  readonly now: number;
  /** Learning has ended, and it is more than is told one by one. */
  readonly limited: boolean;
  /** A finding of this rule, on what showed it. */
  readonly finding: (rule: Finding['rule']) => Finding;
}

/** Novelty that is to be told: one digest per workload. */
export interface Digests {
  note(memory: Memory, novelty: Novelty): void;
  /** Learning of a feature has ended, and somebody should look at some of it; told with what other features say within the hour. */
  review(memory: Memory, review: Pick<Novelty, 'now' | 'finding'> & { readonly found: readonly ToReview[] }): void;
  /** The digests that are due. */
  tell(memories: Memories, features: readonly Feature[], now: number): readonly FindingRecord[];
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>;
}

export function createDigests(restored: Restored): Digests {
  const table = createTable<Digest>({
    ...restored,
    part: 'digest',
    parse: (value) => digestSchema.parse(value),
    cap: digestsPerPartition,
    worth: ({ wakeAt }) => wakeAt,
    wake: ({ wakeAt }) => wakeAt,
  });
  return {
    note(memory, { now, finding, ...novelty }) {
      const key = entityKey(memory.host.id, 'digest', memory.workload.id);
      const open = table.get(key) ?? {
        workload: subjectName(memory),
        wakeAt: now + digestMs,
        parts: [],
        finding: finding(digestRule),
      };
      table.set(key, { ...open, lastAt: now, parts: withNovelty(open.parts, memory, novelty) });
    },
    review(memory, { now, found, finding }) {
      const key = entityKey(memory.host.id, 'digest', memory.workload.id, 'review');
      const open: Omit<Digest, 'lastAt'> = table.get(key) ?? {
        workload: subjectName(memory),
        wakeAt: now + digestMs,
        parts: [],
        finding: finding(reviewRule),
      };
      table.set(key, { ...open, lastAt: now, review: withReview(open.review, memory.feature, found) });
    },
    tell(memories, features, now) {
      const records = earlier(memories, features, now);
      for (let due = table.due(now); due !== undefined; due = table.due(now)) {
        table.delete(due[0]);
        records.push(...told(due[1], features, now));
      }
      return records;
    },
    table,
  };
}

function withNovelty(
  parts: readonly Part[],
  { feature, fullSince }: Memory,
  { text, limited }: Pick<Novelty, 'text' | 'limited'>,
): Part[] {
  const part = parts.find((one) => one.feature === feature) ?? { feature, count: 0, samples: [] };
  const samples = part.samples.length < samplesKept ? [...part.samples, text] : part.samples;
  const noted = {
    ...part,
    count: part.count + 1,
    samples,
    ...(fullSince === undefined ? {} : { full: true }),
    ...(limited ? { limited } : {}),
  };
  return parts.includes(part) ? parts.map((one) => (one === part ? noted : one)) : [...parts, noted];
}

/** Each feature had a digest of its own once: what is left of those in a state is told as it is. */
function earlier(memories: Memories, features: readonly Feature[], now: number): FindingRecord[] {
  const records: FindingRecord[] = [];
  for (let due = memories.dueMemory(now); due !== undefined; due = memories.dueMemory(now)) {
    const { digest, ...memory } = due;
    memories.setMemory(memory);
    if (digest === undefined) continue;
    const { count, samples, lastAt, finding } = digest;
    const part = { feature: memory.feature, count, samples, full: memory.fullSince !== undefined };
    const { name: workload } = memory.workload;
    records.push(...told({ workload, wakeAt: now, lastAt, parts: [part], finding }, features, now));
  }
  return records;
}

function told(
  { workload, lastAt, parts, review, finding }: Digest,
  features: readonly Feature[],
  now: number,
): readonly FindingRecord[] {
  const as = (summary: string, fields: Readonly<Record<string, readonly string[]>>): FindingRecord => {
    const observation = { ...finding.observation, ...fields };
    return { type: 'finding', finding: { ...finding, at: lastAt, detectedAt: now, summary, observation } };
  };
  if (review !== undefined) {
    const { summary, items } = reviewText(workload, review);
    return [as(summary, { 'digest.items': items })];
  }
  const shown = parts.length > 1 ? samplesOfMany : samplesKept;
  const sentences = parts.flatMap((part) => {
    const feature = features.find(({ name }) => name === part.feature);
    return feature === undefined ? [] : [sentenceOf(part, feature, shown)];
  });
  if (sentences.length === 0) return [];
  const summary = cappedText(`${workload}: ${sentences.join('. ')}`);
  return [as(summary, { 'digest.features': parts.map(({ feature }) => feature) })];
}

function sentenceOf({ count, samples, full, limited }: Part, feature: Feature, shown: number): string {
  const some = samples.slice(0, shown);
  const more = count - some.length;
  const list = [...some, ...(more > 0 ? [`${more} more`] : [])].join('; ');
  return `${feature.digests(count)} (${whyOf(full, limited)}): ${list}`;
}

function whyOf(full: boolean | undefined, limited: boolean | undefined): string {
  if (full === true) return 'too many different ones to remember';
  return limited === true ? 'more than is told one by one in a day' : 'still learning';
}

import type { Memory } from '../../shared/baseline-state.ts';
import type { Finding, FindingRecord } from '../../shared/finding.ts';
import type { Feature } from './feature.ts';
import type { Memories } from './memory.ts';

/** Novelty is told at most once in so much record time per workload and feature. */
export const digestMs = 3_600_000;
const samplesShown = 5;

/** Puts one novelty into the memory's digest; the first one opens it and its finding is what will be told. */
export function noted(
  memory: Memory,
  novelty: { readonly text: string; readonly now: number; readonly finding: () => Finding },
): Memory {
  const { text, now } = novelty;
  const open = memory.digest;
  if (open === undefined) {
    const digest = { wakeAt: now + digestMs, count: 1, samples: [text], lastAt: now, finding: novelty.finding() };
    return { ...memory, digest };
  }
  const samples = open.samples.length < samplesShown ? [...open.samples, text] : open.samples;
  return { ...memory, digest: { ...open, count: open.count + 1, samples, lastAt: now } };
}

/** The digests that are due. */
export function tellDigests(memories: Memories, features: readonly Feature[], now: number): readonly FindingRecord[] {
  const records: FindingRecord[] = [];
  for (let due = memories.dueMemory(now); due !== undefined; due = memories.dueMemory(now)) {
    const { digest, ...memory } = due;
    memories.setMemory(memory);
    const feature = features.find(({ name }) => name === memory.feature);
    if (digest === undefined || feature === undefined) continue;
    const more = digest.count - digest.samples.length;
    const list = [...digest.samples, ...(more > 0 ? [`${more} more`] : [])].join('; ');
    const why = memory.fullSince === undefined ? 'still learning' : 'too many different ones to remember';
    const summary = `${memory.workload.name}: ${feature.digests(digest.count)} (${why}): ${list}`;
    records.push({ type: 'finding', finding: { ...digest.finding, at: digest.lastAt, detectedAt: now, summary } });
  }
  return records;
}

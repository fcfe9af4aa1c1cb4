import { z } from 'zod';
import type { Bus } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import { isRecord } from '../shared/observation.ts';

/** A status older than this is of an analyzer that is gone: it says something every few seconds. */
export const staleMs = 60_000;

const statusSchema = z.looseObject({ part: z.literal('analyzer'), pid: z.number(), ruleSet: z.string() });

/** What another analyzer of the group said of itself. */
export interface AnalyzerStatus {
  readonly key: string;
  readonly ruleSet: string;
  readonly logged: number;
}

export const statusKey = (instance: string): string => `analyzer/${instance}`;

/** The latest word of every analyzer in the topic `status`, this one's own left out; `newest`: when the last of all was logged. */
export async function readAnalyzers(
  bus: Bus,
  instance: string,
): Promise<{ readonly others: readonly AnalyzerStatus[]; readonly newest: number }> {
  const found = new Map<string, AnalyzerStatus>();
  let newest = 0;
  for await (const { records } of bus.read(topic.status, { from: 'oldest', follow: false })) {
    for (const { key, value, logged } of records) {
      newest = Math.max(newest, logged);
      if (!key.startsWith('analyzer/') || key === statusKey(instance)) continue;
      const status = statusSchema.safeParse(parsed(value));
      if (status.success) found.set(key, { key, ruleSet: status.data.ruleSet, logged });
      else found.delete(key);
    }
  }
  return { others: [...found.values()], newest };
}

function parsed(value: string | null): unknown {
  try {
    const read: unknown = JSON.parse(value ?? 'null');
    return isRecord(read) ? read : undefined;
  } catch {
    // What others write into the topic is not ours to judge; it is no analyzer's status.
    return undefined;
  }
}

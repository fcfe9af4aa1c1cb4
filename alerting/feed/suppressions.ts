import { readLatest } from '../../shared/bus/read-latest.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { Suppression } from '../../shared/suppression.ts';
import { isSuppressionKey, restore } from '../incidents/persist.ts';
import type { LogToRead } from './log-questions.ts';

/** The suppressions as the incident stage's state has them now, the one that ends next first. */
export async function readSuppressions(log: LogToRead): Promise<readonly Suppression[]> {
  const latest = await readLatest(log, topic.incidentState, { wanted: isSuppressionKey });
  const state = new Map([...latest].map(([key, { value }]) => [key, value ?? '']));
  return [...restore(state).suppressions].sort((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1));
}

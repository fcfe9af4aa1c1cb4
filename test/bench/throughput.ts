import { join } from 'node:path';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { encodeObservation, type Observation } from '../../shared/observation.ts';
import { eventually } from '../support/eventually.ts';
import type { Moorwatch } from '../support/moorwatch.ts';
import { sampleExec } from './observations.ts';

const count = 30_000;
const batch = 500;

/** Exec observations of 20 containers, appended as a collector would, until the last one's finding is an incident. */
export async function benchThroughput(moorwatch: Moorwatch): Promise<readonly string[]> {
  const topics = topicSpecs({ partitions: 4, retention: { ms: 7 * 86_400_000, bytes: 2 ** 30 } });
  const bus = await openSqliteBus({ path: join(moorwatch.stateDir, 'moorwatch.db'), topics, synchronous: 'normal' });
  const began = performance.now();
  for (let from = 0; from < count; from += batch) {
    const observations = Array.from({ length: batch }, (_, index) => exec(from + index));
    await bus.append(
      topic.observations,
      observations.map((observation) => ({
        key: observation.host.id,
        value: encodeObservation(observation),
        at: observation.at,
      })),
    );
  }
  const appended = performance.now();
  await eventually(
    async () => (await moorwatch.incidents()).find(({ container }) => container?.name === 'bench-last'),
    () => 'the last incident did not come',
    120_000,
  );
  const done = performance.now();
  await bus.close();
  const rate = (from: number, to: number): string => Math.round(count / ((to - from) / 1000)).toLocaleString('en');
  return [
    `  append alone: ${rate(began, appended)} observations/s`,
    `  whole chain, log to incident: ${rate(began, done)} observations/s (${count} of ${encodeObservation(exec(0)).length} bytes; polled, so up to 0.3 s late)`,
  ];
}

/** Ordinary execs; the last one is privileged. */
function exec(index: number): Observation {
  return sampleExec(index, index === count - 1 ? { container: 'bench-last', privileged: true } : {});
}

import { join } from 'node:path';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { deriveId } from '../../shared/hash.ts';
import { encodeObservation, type Observation } from '../../shared/observation.ts';
import { eventually } from '../support/eventually.ts';
import type { Moorwatch } from '../support/moorwatch.ts';

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
  const last = index === count - 1;
  const name = last ? 'bench-last' : `bench-${index % 20}`;
  const at = Date.now();
  return {
    id: deriveId('bench', index, at),
    kind: 'exec',
    at,
    event: { source: 'docker-event', action: 'exec_start', time_nano: `${at}000000` },
    host: { id: 'bench-host', name: 'bench' },
    workload: { id: deriveId('bench', index % 20), name: `bench-${index % 20}` },
    container: {
      id: deriveId('container', name).repeat(2),
      name,
      image: { name: 'acme/app:1', id: 'sha256:0', registry: 'docker.io', repository: 'docker.io/acme/app', tag: '1' },
      user: '',
      user_uid: 0,
      runs_as_root: true,
      privileged: false,
      state: 'running',
      age_s: 3_600,
    },
    exec: {
      id: deriveId('exec', index).repeat(2),
      args: ['sh', '-c', `job --number ${index % 50}`],
      command: `sh -c job --number ${index % 50}`,
      resolved: true,
      user: '',
      uid: 0,
      privileged: last,
      tty: false,
      open_stdin: false,
      is_healthcheck: false,
      is_shell: true,
    },
  };
}

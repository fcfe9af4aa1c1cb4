import type { Observation } from '../../../../shared/observation.ts';
import { createBeginnings, learningMs, type SimpleBaseline } from './simple-baseline.ts';

/** "First seen ever": a set for each workload of what it ran, connected to and listened on. After a week whatever is not in it is told, once. */
export function createFirstSeen(): SimpleBaseline {
  const known = new Map<string, Set<string>>();
  const beganAt = createBeginnings();
  return {
    name: 'first seen ever',
    take(observation) {
      const { workload, at } = observation;
      const item = itemOf(observation);
      if (workload === undefined || item === undefined) return [];
      const items = known.get(workload.id) ?? new Set();
      known.set(workload.id, items);
      const isNew = !items.has(item);
      items.add(item);
      return isNew && at - beganAt(workload.id, at) >= learningMs ? [item] : [];
    },
    bytes: () => new Map([...known].map(([workload, items]) => [workload, bytesOf(items)])),
  };
}

const bytesOf = (items: ReadonlySet<string>): number => [...items].reduce((sum, item) => sum + item.length, 0);

function itemOf({ kind, event, exec, process, network, source, destination }: Observation): string | undefined {
  if (kind === 'exec' && exec !== undefined && event.action === 'exec_start' && !exec.is_healthcheck)
    return `exec ${exec.command}`;
  if (kind === 'process' && process !== undefined) return `process ${String(process.executable)}`;
  if (kind !== 'connection') return undefined;
  if (network?.direction === 'listen') return `listens on ${source?.port}`;
  if (network?.direction !== 'egress' || destination === undefined) return undefined;
  return `connects to ${destination.domain ?? destination.ip}:${destination.port}`;
}

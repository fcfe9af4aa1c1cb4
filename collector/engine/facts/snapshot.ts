import { contentHash, type Json } from '../../../shared/hash.ts';
import type {
  ContainerFacts,
  DeviceFacts,
  MountFacts,
  NamespaceJoinFacts,
  PortFacts,
  WorkloadRef,
} from '../../../shared/observation.ts';

/** A container's configuration at one moment: its facts, and one object for each mount, device, port and namespace join. */
export interface ContainerSnapshot {
  readonly container: ContainerFacts;
  readonly objects: readonly SnapshotObject[];
  readonly workload: WorkloadRef;
  /** Over everything that the configuration says; not over its state, times and age. */
  readonly hash: string;
}

export interface SnapshotObject {
  /** Unique in the snapshot: `mount:/data`, `device:/dev/sda`, `port:80/tcp@0.0.0.0:8080`, `join:pid`. */
  readonly key: string;
  readonly mount?: MountFacts;
  readonly device?: DeviceFacts;
  readonly port?: PortFacts;
  readonly namespace_join?: NamespaceJoinFacts;
}

/** What changes without anybody changing the configuration, or has an event of its own (name, networks). */
const passing = new Set(['name', 'state', 'started_at', 'age_s', 'user_uid', 'runs_as_root', 'networks']);

export function createSnapshot(parts: Omit<ContainerSnapshot, 'hash'>): ContainerSnapshot {
  const { container } = parts;
  const objects = withUniqueKeys(parts.objects);
  const configuration = Object.fromEntries(Object.entries(container).filter(([name]) => !passing.has(name)));
  // Facts are JSON; their interfaces have no index signature that would say so.
  const content = { configuration, objects } as unknown as Json;
  return { ...parts, objects, hash: contentHash(content).slice(0, 32) };
}

/** Two devices may be asked for at one path: the second has a key of its own, or it would pass for the first. */
function withUniqueKeys(objects: readonly SnapshotObject[]): readonly SnapshotObject[] {
  const times = new Map<string, number>();
  return objects.map((object) => {
    const time = (times.get(object.key) ?? 0) + 1;
    times.set(object.key, time);
    return time === 1 ? object : { ...object, key: `${object.key}#${time}` };
  });
}

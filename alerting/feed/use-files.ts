import type { WorkloadUse } from '../../shared/harden/use.ts';
import type { Observation } from '../../shared/observation.ts';

export interface UseFiles {
  take(observation: Observation): void;
  use(): Omit<WorkloadUse['files'], 'executed'>;
  /** What files of the container's own layer show of capabilities. */
  implied(): WorkloadUse['processes']['implied'];
}

type WrittenPath = WorkloadUse['files']['paths'][number];

const mostPaths = 1_000;
const longestPath = 1_024;
/** What makes the collector look (collector/sensors/changes.ts). */
const copies: ReadonlySet<string> = new Set(['extract-to-dir', 'attach', 'commit']);

/** What was written in the container's own layer, which is seen only when the collector looks. */
export function createUseFiles(): UseFiles {
  const paths = new Map<string, WrittenPath>();
  const devices: WorkloadUse['processes']['implied'] = [];
  let looks = 0;
  let lastLook: number | undefined;
  let leftOut = 0;
  const looked = (at: number): void => {
    looks += 1;
    lastLook = Math.max(lastLook ?? at, at);
  };

  return {
    take: ({ kind, at, event, exec, file }) => {
      if (kind === 'exec' && event.action === 'exec_die' && exec?.is_healthcheck === false) looked(at);
      if (kind === 'container_lifecycle' && copies.has(event.action)) looked(at);
      if (kind !== 'file' || file === undefined) return;
      leftOut += file.left_out ?? 0;
      const { change, by } = file;
      // Nothing is left of what was written in it.
      const path = file.type === 'directory' && change === 'changed' ? `${file.path}/.` : file.path;
      const known = paths.get(path);
      if (known === undefined && (paths.size >= mostPaths || path.length > longestPath)) {
        leftOut += 1;
        return;
      }
      // Once written by the workload itself, it is the workload's.
      const cause = known === undefined || (known.by !== undefined && by !== undefined) ? by : undefined;
      paths.set(path, { path, change, ...(cause && { by: cause }), last: at });
      if ((file.type === 'block' || file.type === 'char') && change === 'added' && by === undefined) {
        const [first] = devices;
        devices[0] =
          first === undefined
            ? { capability: 'CAP_MKNOD', text: `made the device ${path.slice(0, 200)}`, at, count: 1 }
            : { ...first, count: first.count + 1 };
      }
    },
    use: () => ({
      looks,
      ...(lastLook === undefined ? {} : { lastLook }),
      paths: [...paths.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
      leftOut,
    }),
    implied: () => devices,
  };
}

import { mergeMap } from 'rxjs';
import type { Config } from '../shared/config/schema.ts';
import type { ContainerSnapshot } from './engine/facts/snapshot.ts';
import type { HostFiles } from './engine/host-files.ts';
import type { EngineWatch } from './engine/watch.ts';
import type { ApiSocketsOptions } from './sensors/api-sockets.ts';
import { type Creators, createCreators } from './sensors/api-sockets-creators.ts';
import { containersForSweeps } from './sweeps.ts';

interface Given {
  readonly watch: EngineWatch;
  readonly files: HostFiles;
  now(): number;
}

/** Asked of every container ten times a second: worked out once for each snapshot. */
const known = new WeakMap<ContainerSnapshot, boolean>();

function leadsToRuntime(snapshot: ContainerSnapshot): boolean {
  const before = known.get(snapshot);
  if (before !== undefined) return before;
  const leads = snapshot.objects.some(({ mount }) => mount?.is_runtime_socket || mount?.covers_socket);
  known.set(snapshot, leads);
  return leads;
}

/** Who asked the engine for what, and the sensor that sees connections to it; without the sensor execs alone say something. */
export function apiSocketsOptions(
  { engine, sensors: { apiSockets } }: Config,
  { watch, files, now }: Given,
): { readonly creators: Creators; readonly apiSockets: ApiSocketsOptions | undefined } {
  const reaching = (): ReadonlySet<string> =>
    new Set(watch.containers().flatMap(({ id, snapshot }) => (leadsToRuntime(snapshot) ? [id] : [])));
  const creators = createCreators({ reaches: (id) => reaching().has(id) });
  if (!apiSockets.enabled) return { creators, apiSockets: undefined };
  const options: ApiSocketsOptions = {
    ...apiSockets,
    procfs: engine.procfs,
    stirred$: watch.feed$.pipe(
      mergeMap((item) =>
        item.kind === 'event' && item.prepared.event.action === 'exec_start' ? [item.prepared.event.actor] : [],
      ),
    ),
    creators,
    containers: () => containersForSweeps(watch.containers()),
    reaching,
    sockets: () => files.sockets(/^unix:\/\/(.+)/.exec(watch.status().address ?? '')?.[1]),
    host: () => watch.status().host,
    now,
  };
  return { creators, apiSockets: options };
}

import { contentHash, type Json } from '../../../shared/hash.ts';
import type { ContainerInspect } from '../inspect-types.ts';

/** Members of HostConfig that say nothing of what the container may do, or that differ between two runs of one command. */
const volatile = new Set(['ContainerIDFile', 'ConsoleSize', 'LogConfig', 'Annotations']);

/**
 * N9: what the container may do and what it runs, equal for a container and its replacement by the same command. The image and its tag are not in
 * it (a workload's versions share it), nor names, labels and addresses.
 */
export function configHash({ HostConfig, Config }: ContainerInspect): string {
  // JSON from the engine; the loose types only name the members that are read.
  const host = Object.entries(HostConfig ?? {}).filter(([name]) => !volatile.has(name)) as [string, Json][];
  return contentHash({
    host: Object.fromEntries(host.map(([name, value]) => [name, emptyAsNull(value)])),
    user: Config?.User ?? '',
    env: [...(Config?.Env ?? [])].sort(),
    entrypoint: (Config?.Entrypoint ?? null) as Json,
    cmd: (Config?.Cmd ?? null) as Json,
    workingDir: Config?.WorkingDir ?? '',
    healthcheck: (Config?.Healthcheck?.Test ?? null) as Json,
  });
}

/** Clients write "nothing" in several ways. */
function emptyAsNull(value: Json): Json {
  if (Array.isArray(value)) return value.length === 0 ? null : value;
  return value === '' || value === 0 || value === false ? null : value;
}

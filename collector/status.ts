import { clip } from '../shared/clip.ts';
import type { Config } from '../shared/config/schema.ts';
import { allWithheld, mostForgersTold, type NamesWithheld } from '../shared/names-withheld.ts';
import type { WatchedContainer } from '../shared/watched.ts';
import type { Collect } from './collect.ts';
import type { EngineWatch } from './engine/watch.ts';
import type { LogStatus } from './log.ts';
import { mayReadOwners } from './procfs/rights.ts';
import type { Withheld } from './sensors/dns/forgers.ts';
import type { GivenNames } from './sensors/dns/given-names.ts';
import { watchedContainers } from './watched.ts';

export interface CollectorStatus {
  readonly part: 'collector';
  readonly host?: { readonly id: string; readonly name: string };
  readonly connected: boolean;
  readonly endpoint?: string;
  readonly how?: string;
  readonly engine?: string;
  readonly api?: string;
  readonly problem?: { readonly reason: string; readonly fix: string };
  /** Sensor → running | unavailable | failed; of `dns-answers`, that nothing comes of it. */
  readonly sensors: Readonly<Record<string, string>>;
  /** Sensors that ran and do not now, each with when it stopped, ms. */
  readonly stoppedSensors: Readonly<Record<string, number>>;
  /** Tier → full | partial | none: what can be seen at all. */
  readonly coverage: Readonly<Record<string, string>>;
  /** What cannot be seen, in words, each with what to do. */
  readonly missing: readonly string[];
  readonly containers: number;
  readonly running: number;
  /** Those that run; of very many the oldest. */
  readonly watched: readonly WatchedContainer[];
  /** Who keeps destinations from having names, where they could; absent: nobody does. */
  readonly names?: NamesWithheld;
  /** With a spool between collector and log. */
  readonly log?: LogStatus;
}

interface StatusOptions {
  readonly watch: Pick<EngineWatch, 'status' | 'containers'>;
  readonly collect: Pick<Collect, 'states' | 'stopped'>;
  readonly config: Config;
  readonly log: LogStatus | undefined;
  readonly names?: Pick<GivenNames, 'withheld'>;
}

/** What the collector says of itself: what it watches, with what it sees, and what it cannot see. */
export function statusOf({ watch, collect, config, log, names }: StatusOptions): CollectorStatus {
  const { engine: where, sensors: wanted } = config;
  const { connected, host, address, how, engine, api, problem, client } = watch.status();
  const containers = watch.containers();
  const states = collect.states();
  const withheld = states[answers] === 'running' ? namesOf(names?.withheld()) : undefined;
  const isInVain = withheld !== undefined && allWithheld(withheld);
  const sensors = isInVain ? { ...states, [answers]: 'running in vain: all names are withheld' } : states;
  const refused = client?.refused() ?? [];
  const pids = containers.flatMap(({ pid }) => (pid > 0 ? [pid] : []));
  const owners = where.procfs === '' ? undefined : mayReadOwners(where.procfs, pids);
  return {
    part: 'collector',
    connected,
    ...(host && { host }),
    ...(address && { endpoint: address }),
    ...(how && { how }),
    ...(engine && { engine }),
    ...(api && { api }),
    ...(problem && { problem }),
    sensors,
    stoppedSensors: collect.stopped(),
    coverage: {
      engine: !connected ? 'none' : refused.length > 0 || where.rootfs === '' ? 'partial' : 'full',
      procfs: where.procfs === '' ? 'none' : procfsCoverage(sensors, { wanted, owners }),
      // Of what a kernel sees the names asked for are a small part.
      kernel: sensors.dns === 'running' ? 'partial' : 'none',
      imported: 'none',
    },
    missing: missingOf(where, { refused, owners }),
    containers: containers.length,
    ...watchedContainers(containers),
    ...(withheld && { names: withheld }),
    ...(log && { log }),
  };
}

const answers = 'dns-answers';

function namesOf(withheld: Withheld | undefined): NamesWithheld | undefined {
  if (withheld === undefined || withheld.without === 0) return undefined;
  const { forgers, ...counts } = withheld;
  const told = forgers.slice(0, mostForgersTold).map(({ container: { id, at }, isOnHost, takes }) => {
    const { name, image } = at(0).container;
    return { id, name: clip(name, 128), image: clip(image.name, 128), isOnHost, takes };
  });
  return { ...counts, forgers: told, more: forgers.length - told.length };
}

/** Sensors that look through all of the containers' /proc: without one of them a part of it is not seen. */
const sweepers = ['connections', 'processes'] as const;

/** `owners`: as mayReadOwners says it. */
function procfsCoverage(
  states: Readonly<Record<string, string>>,
  { wanted, owners }: { readonly wanted: Config['sensors']; readonly owners: boolean | undefined },
): 'full' | 'partial' | 'none' {
  const running = sweepers.filter((name) => states[name] === 'running');
  if (running.length === 0) return sweepers.some((name) => wanted[name].enabled) ? 'none' : 'partial';
  return owners === false || running.length < sweepers.length ? 'partial' : 'full';
}

function missingOf(
  { rootfs, procfs }: Config['engine'],
  { refused, owners }: { readonly refused: readonly string[]; readonly owners: boolean | undefined },
): readonly string[] {
  return [
    ...refused.map((kind) => `the engine's proxy refuses ${kind}: allow it as docs/collector.md lists it`),
    ...(rootfs === ''
      ? ["no host file system: bind sources are judged by their text; mount the host's / read-only"]
      : []),
    ...(procfs === ''
      ? ["no host /proc: connections, processes and users by name are not seen; mount the host's /proc"]
      : []),
    ...(owners === false
      ? [
          'whose sockets they are, users by name and what processes run are not seen: run the collector as root or with CAP_SYS_PTRACE',
        ]
      : []),
  ];
}

import type { ChangeFacts, ContainerFacts, LimitFacts } from '../../../shared/observation.ts';

/** API-09: what an update gave more of. undefined when nothing that is compared changed. */
export function configurationChange(previous: ContainerFacts, next: ContainerFacts): ChangeFacts | undefined {
  const before = previous.limits ?? noLimits;
  const after = next.limits ?? noLimits;
  const changes = [
    limit('memory', { from: before.memory, to: after.memory, show: bytes }),
    limit('memory_swap', { from: before.memory_swap, to: after.memory_swap, show: bytes }),
    limit('cpus', { from: cpus(before), to: cpus(after), show: String }),
    limit('pids', { from: before.pids, to: after.pids, show: String }),
    restart(previous.restart_policy ?? 'no', next.restart_policy ?? 'no'),
  ].filter((change) => change !== undefined);
  if (changes.length === 0) return undefined;
  return {
    raised: changes.filter(({ raised }) => raised).map(({ name }) => name),
    text: changes.map(({ text }) => text).join(', '),
  };
}

interface Change {
  readonly name: string;
  readonly raised: boolean;
  readonly text: string;
}

const noLimits: LimitFacts = { memory: 0, memory_swap: 0, nano_cpus: 0, cpu_quota: 0, pids: 0 };

/** 0 and -1 mean no limit. */
const unlimited = (value: number): boolean => value <= 0;

function limit(
  name: string,
  { from, to, show }: { from: number; to: number; show: (value: number) => string },
): Change | undefined {
  if (from === to || (unlimited(from) && unlimited(to))) return undefined;
  const words = (value: number): string => (unlimited(value) ? 'unlimited' : show(value));
  const raised = !unlimited(from) && (unlimited(to) || to > from);
  return { name, raised, text: `${name.replace('_', ' ')} ${words(from)} → ${words(to)}` };
}

const restartRank: Readonly<Record<string, number>> = { no: 0, 'on-failure': 1, 'unless-stopped': 2, always: 3 };

function restart(from: string, to: string): Change | undefined {
  if (from === to) return undefined;
  return {
    name: 'restart_policy',
    raised: (restartRank[to] ?? 0) > (restartRank[from] ?? 0),
    text: `restart policy ${from} → ${to}`,
  };
}

/** The engine keeps a share of CPU either as billionths of a core or as a quota of a 100 ms period. */
const cpus = ({ nano_cpus, cpu_quota }: LimitFacts): number =>
  nano_cpus > 0 ? nano_cpus / 1e9 : cpu_quota > 0 ? cpu_quota / 100_000 : 0;

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
function bytes(value: number): string {
  const power = Math.min(Math.floor(Math.log2(value) / 10), units.length - 1);
  return `${Number((value / 1024 ** power).toFixed(1))} ${units[power] ?? 'B'}`;
}

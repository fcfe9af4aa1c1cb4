import { mostProcesses } from '../../procfs/container-processes.ts';
import type { Identities } from './facts.ts';
import type { Origin } from './origin.ts';
import type { ContainerView } from './view.ts';

/** What is kept of a process that was told. */
export interface Known {
  readonly start: string;
  readonly image: string;
  /** Hash of what a quick look found, and when that was. */
  readonly quick: string;
  readonly lookedAt: number;
  /** Hash. */
  readonly state: string;
  readonly identities: Identities;
  readonly origin: Origin;
  /** Link of its stdout, where nobody with a connection was seen to read from that yet. */
  readonly unread: string | undefined;
  /** Of its file, and the beginning of its command line, for its children. */
  readonly executable: string | readonly string[] | undefined;
  readonly commandLine: string | undefined;
}

export interface ContainerMemory {
  readonly known: Map<number, Known>;
  /** When it was first looked at: clock ticks since boot, and whether it was old already. */
  readonly first: { readonly ticks: number; readonly wasThere: boolean };
  view?: { readonly view: ContainerView; readonly at: number };
  sweptAt: number;
  /** The last one that was looked at closely when there were too many for one turn. */
  lookedTo?: { readonly start: string; readonly pid: number } | undefined;
  /** How often in a row a process became another program while it was looked at. */
  readonly restless: Map<number, number>;
  /** More processes than are looked at; told once for each time that it begins. */
  crowded: boolean;
  /** It was told that its reads are given up. */
  gaveUp: boolean;
}

export interface Memory {
  /** Of a container's present life: its first process tells it from those before. */
  of(container: { readonly id: string; readonly pid: number }, begin: () => ContainerMemory['first']): ContainerMemory;
  /** Forgets all containers but these; once in a turn, which is when all are counted. */
  keep(containers: readonly { readonly id: string; readonly pid: number }[]): void;
  /** The numbers to be looked at: the first one and the newest, so that nobody hides behind many; and how many are left out. */
  choose(
    memory: ContainerMemory,
    pids: readonly number[],
  ): { readonly chosen: readonly number[]; readonly left: number };
}

/** Of all containers together; some hundred bytes each. */
const mostKnown = 16_384;

export function createMemory(): Memory {
  const containers = new Map<string, ContainerMemory>();
  let all = 0;
  const keyOf = ({ id, pid }: { id: string; pid: number }): string => `${id} ${pid}`;
  return {
    of: (container, begin) => {
      const key = keyOf(container);
      const memory = containers.get(key) ?? {
        known: new Map(),
        restless: new Map(),
        first: begin(),
        sweptAt: 0,
        crowded: false,
        gaveUp: false,
      };
      containers.set(key, memory);
      return memory;
    },
    keep: (living) => {
      const keys = new Set(living.map(keyOf));
      for (const key of containers.keys()) if (!keys.has(key)) containers.delete(key);
      all = [...containers.values()].reduce((sum, { known }) => sum + known.size, 0);
    },
    choose: ({ known }, pids) => {
      const most = Math.max(1, Math.min(mostProcesses, mostKnown - all + known.size));
      if (pids.length <= most) return { chosen: pids, left: 0 };
      // The kernel lists them in the order of their numbers or of their coming: the newest are last.
      return { chosen: [...pids.slice(0, 1), ...pids.slice(pids.length - most + 1)], left: pids.length - most };
    },
  };
}

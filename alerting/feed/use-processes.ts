import type { UseSighting, WorkloadUse } from '../../shared/harden/use.ts';
import type { Observation, ProcessFacts } from '../../shared/observation.ts';
import { type KnownProcess, originOf, type UseOwners } from './use-owners.ts';

export interface UseProcesses {
  take(observation: Observation): void;
  use(): WorkloadUse['processes'] & { readonly executed: readonly string[] };
}

const mostUsers = 64;
const mostExecuted = 64;
/** Sentences are for people. */
const longestName = 200;

/** As whom a workload's own processes ran, what they were allowed, and what shows that they used it. */
export function createUseProcesses(owners: Pick<UseOwners, 'get'>): UseProcesses {
  const counts = { seen: 0, ofExecs: 0, withRights: 0 };
  const users = new Map<number, { uid: number; name?: string; count: number }>();
  const effective = new Set<string>();
  const implied = createSightings();
  const likely = createSightings();
  const gained = createSightings();
  const executed = new Set<string>();

  const takeUser = ({ user }: ProcessFacts): void => {
    if (user?.id === undefined) return;
    const known = users.get(user.id) ?? { uid: user.id, ...(user.name && { name: user.name }), count: 0 };
    if (known.count === 0 && users.size >= mostUsers) return;
    users.set(user.id, { ...known, count: known.count + 1 });
  };

  return {
    take: ({ kind, at, container, process, mount_row: row }) => {
      if (container === undefined) return;
      if (kind === 'syscall' && row?.when === 'later')
        implied.add('CAP_SYS_ADMIN', at, `mounted ${row.fstype} at ${cut(row.destination)}`);
      if (kind !== 'process' || process === undefined) return;
      if (originOf(process.origin) === 'exec') {
        counts.ofExecs += 1;
        return;
      }
      counts.seen += 1;
      takeUser(process);
      if (process.capabilities !== undefined) {
        counts.withRights += 1;
        for (const name of process.capabilities.effective) effective.add(name);
      }
      const layer = process.exe?.layer;
      if (layer === 'upper' && executed.size < mostExecuted)
        for (const path of [process.executable ?? []].flat()) executed.add(path);
      const before = pastOf(process, container.id, owners);
      const { changed, raised, signals } = userChanges(process, { before, configured: container.user_uid });
      if (changed !== undefined) {
        implied.add('CAP_SETUID', at, changed);
        implied.add('CAP_SETGID', at, `${changed} (its group is not seen: most programs change it along)`);
      }
      if (signals !== undefined) likely.add('CAP_KILL', at, signals);
      if (raised !== undefined) gained.add('', at, raised);
      if (process.root_place === 'inside')
        implied.add('CAP_SYS_CHROOT', at, `${nameOf(process)} has a root of its own`);
      const namespaces = (process.ns_foreign ?? []).filter((name) => name !== 'user');
      if (namespaces.length > 0 && !(process.ns_foreign ?? []).includes('user'))
        implied.add('CAP_SYS_ADMIN', at, `${nameOf(process)} is in ${namespaces.join(', ')} namespaces of its own`);
    },
    use: () => ({
      ...counts,
      users: [...users.values()].sort((a, b) => b.count - a.count),
      effective: [...effective].sort(),
      implied: implied.list().map(({ key, ...rest }) => ({ ...rest, capability: key })),
      likely: likely.list().map(({ key, ...rest }) => ({ ...rest, capability: key })),
      gained: gained.list().map(({ text, at, count }) => ({ text, at, count })),
      executed: [...executed].sort(),
    }),
  };
}

const cut = (text: string): string => text.slice(0, longestName);
const nameOf = ({ name, comm, pid }: ProcessFacts): string => cut(name ?? comm ?? `process ${pid ?? ''}`);

interface Before {
  readonly self: KnownProcess | undefined;
  readonly parent: KnownProcess | undefined;
}

function pastOf({ pid, start, parent }: ProcessFacts, container: string, owners: Pick<UseOwners, 'get'>): Before {
  const known = (one: number | undefined): KnownProcess | undefined =>
    one === undefined ? undefined : owners.get(container, one);
  const self = known(pid);
  return { self: self?.start === start ? self : undefined, parent: known(parent?.pid) };
}

interface UserChanges {
  /** From root to another: that takes CAP_SETUID. */
  readonly changed?: string;
  /** To root, or between two others: that takes a file with the setuid bit. */
  readonly raised?: string;
  /** Root has a child of another user, which it can signal only with CAP_KILL. */
  readonly signals?: string;
}

/** From whom to whom a process changed: by what it was before, by its parent, or (the container's first) by the configuration. */
function userChanges(
  process: ProcessFacts,
  { before, configured }: { readonly before: Before; readonly configured: number | null | undefined },
): UserChanges {
  const to = process.user?.id;
  if (to === undefined) return {};
  const name = nameOf(process);
  const started = process.origin === 'init' ? (configured ?? undefined) : before.parent?.uid;
  const from = before.self?.uid ?? started ?? process.real_user?.id;
  const real = process.real_user?.id;
  if (real !== undefined && real !== 0 && to !== real)
    return { raised: `${name} runs with the rights of user ${to}, started by user ${real}` };
  const rights = process.capabilities?.effective ?? [];
  if (from === undefined || from === to) {
    // Nobody but root has capabilities unless a file gave them: ambient ones, which Docker does not set, would be the container's own.
    return to !== 0 && rights.length > 0 && from === to
      ? { raised: `${name} of user ${to} has ${rights.slice(0, 3).join(', ')}, which its file gave it` }
      : {};
  }
  if (from !== 0) return { raised: `${name} became user ${to} from user ${from}` };
  const changed = `${name} became user ${to} from root`;
  return before.parent?.uid === 0 && before.self === undefined
    ? { changed, signals: `root started ${name} as user ${to}, and can signal it only with this` }
    : { changed };
}

/** The first of each kind, and how often; few kinds, so bounded. */
function createSightings() {
  const sightings = new Map<string, UseSighting & { readonly key: string }>();
  return {
    add: (key: string, at: number, text: string): void => {
      const known = sightings.get(key);
      sightings.set(key, known === undefined ? { key, text, at, count: 1 } : { ...known, count: known.count + 1 });
    },
    list: () => [...sightings.values()],
  };
}

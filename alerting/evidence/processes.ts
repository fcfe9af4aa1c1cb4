import { clip } from '../../shared/clip.ts';
import type { EvidenceProcess } from '../../shared/evidence.ts';
import type { Observation } from '../../shared/observation.ts';
import { commandOf } from './describe.ts';

type Seen = Omit<EvidenceProcess, 'depth'>;

/** UTF-16 units of a command. */
const longestCommand = 400;

/**
 * Gathers the processes of one container; what is too many is dropped newest first, and counted.
 * @param container its name, where it is to be said
 */
export function createProcessTree(most: number, container: string | undefined) {
  const seen = new Map<string, Seen>();
  const named = container === undefined ? {} : { container };
  let beyond = 0;
  return {
    take({ at, process }: Observation): void {
      if (process?.pid === undefined) return;
      const key = `${process.pid}/${process.start ?? ''}`;
      const known = seen.get(key);
      if (known === undefined && seen.size >= most) beyond += 1;
      else seen.set(key, { ...told(process, process.pid), ...named, at: Math.min(known?.at ?? at, at) });
    },
    list: (): readonly EvidenceProcess[] => inTreeOrder([...seen.values()]),
    beyond: (): number => beyond,
  };
}

function told(process: NonNullable<Observation['process']>, pid: number): Omit<Seen, 'at'> {
  const { parent, user, login_user: login, origin } = process;
  const name = user?.name ?? user?.id?.toString();
  return {
    pid,
    command: clip(commandOf(process), longestCommand),
    ...(parent?.pid === undefined ? {} : { parent: parent.pid }),
    ...(name === undefined ? {} : { user: clip(name, 64) }),
    ...(login?.id === undefined ? {} : { login: login.id }),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** Parents before their children, older before younger. A pid that was used again, or a circle made by that, ends a branch. */
function inTreeOrder(all: readonly Seen[]): readonly EvidenceProcess[] {
  const byAge = [...all].sort((a, b) => a.at - b.at || a.pid - b.pid);
  const pids = new Set(byAge.map(({ pid }) => pid));
  const placed = new Set<Seen>();
  const result: EvidenceProcess[] = [];
  const place = (one: Seen, depth: number): void => {
    if (placed.has(one)) return;
    placed.add(one);
    result.push({ ...one, depth });
    for (const child of byAge) if (child.parent === one.pid && child !== one) place(child, depth + 1);
  };
  for (const one of byAge) if (one.parent === undefined || !pids.has(one.parent)) place(one, 0);
  for (const one of byAge) place(one, 0);
  return result;
}

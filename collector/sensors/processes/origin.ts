import type { ProcessFacts } from '../../../shared/observation.ts';
import type { ContainerView } from './view.ts';

export type Origin = ProcessFacts['origin'];

export interface Family {
  readonly origin?: NonNullable<Origin>;
  /** Host's numbers, from the parent up to the container's first process, or to where it was entered from. */
  readonly ancestors: readonly number[];
}

/** What is asked of other processes. */
export interface Kinship {
  isInContainer(pid: number): boolean;
  /** undefined: it is gone. */
  parentOf(pid: number): number | undefined;
  executableOf(pid: number): string | undefined;
  /** As found out when it was first seen. */
  originOf(pid: number): Origin;
  /** The engine told of an exec with this number. */
  isExec(pid: number): boolean;
}

const mostSteps = 64;
const mostAncestors = 16;

/**
 * How a process came into its container (EXE-11), by its ancestors: the shim is the parent of the first process and of every exec; children of a
 * process that ended go to the container's first process, or where that is not the first of its pid namespace to the shim or to another
 * container's. There an origin that cannot be told stays open.
 */
export function familyOf(
  { pid, parent }: { readonly pid: number; readonly parent: number },
  { view, kin }: { readonly view: ContainerView; readonly kin: Kinship },
): Family {
  const { init, host } = view;
  if (pid === init.pid) return { origin: 'init', ancestors: [] };
  const ancestors: number[] = [];
  const found = (origin: Origin): Family => ({ ...(origin === undefined ? {} : { origin }), ancestors });
  let child = pid;
  let current = parent;
  for (let step = 0; step < mostSteps; step += 1) {
    if (isShim(current, { view, kin })) return found(view.status.vpid === 1 || kin.isExec(child) ? 'exec' : undefined);
    if (current <= 1) return found(isShared(view) || host.shim <= 1 ? undefined : 'entered');
    if (ancestors.length < mostAncestors) ancestors.push(current);
    if (current === init.pid) return found('descendant');
    const known = kin.originOf(current);
    if (known !== undefined)
      return { origin: known === 'init' ? 'descendant' : known, ancestors: continued(ancestors, kin) };
    const above = kin.parentOf(current);
    if (above === undefined) return found(undefined);
    child = current;
    current = above;
  }
  return found(undefined);
}

/** One that came from its own file: podman's conmon is another process for each exec. */
const isShim = (pid: number, { view: { host }, kin }: { view: ContainerView; kin: Kinship }): boolean =>
  pid > 1 &&
  (pid === host.shim ||
    (host.shimExecutable !== undefined && !kin.isInContainer(pid) && kin.executableOf(pid) === host.shimExecutable));

const isShared = ({ facts }: ContainerView): boolean => facts.namespaces?.pid.startsWith('container:') === true;

function continued(ancestors: readonly number[], { parentOf, isInContainer }: Kinship): readonly number[] {
  const all = [...ancestors];
  let next = parentOf(all.at(-1) ?? 0);
  while (next !== undefined && all.length < mostAncestors && isInContainer(next)) {
    all.push(next);
    next = parentOf(next);
  }
  return all;
}

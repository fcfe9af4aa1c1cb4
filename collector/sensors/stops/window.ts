import type { StopFacts } from '../../../shared/facts/stops.ts';

/** A container that ended because somebody made it end. */
export interface Stopped {
  readonly id: string;
  readonly name: string;
  /** Its name before, when it was renamed: whoever has that one now may have replaced it. */
  readonly before?: string;
  /** '' when it claims none. */
  readonly project: string;
  /** ms */
  readonly at: number;
}

export const stopWindowMs = 60_000;
/** So many together are no work at one service. */
const most = 5;
/** So many of them must be outside of one project: taking one down is an ordinary thing (B24). */
const mostOutside = 3;
const namesShown = 20;

/** What was stopped together, of those that are in the window at `now` and are not running again; undefined: nothing to tell. */
export function stopFacts(
  stopped: readonly Stopped[],
  now: number,
  running: { readonly ids: ReadonlySet<string>; readonly names: ReadonlySet<string> },
): StopFacts | undefined {
  const gone = stopped.filter(
    ({ id, name, before = name, at }) =>
      at > now - stopWindowMs && !running.ids.has(id) && !running.names.has(name) && !running.names.has(before),
  );
  const byProject = new Map<string, number>();
  for (const { project } of gone) if (project !== '') byProject.set(project, (byProject.get(project) ?? 0) + 1);
  const outside = gone.length - Math.max(0, ...byProject.values());
  if (gone.length < most || outside < mostOutside) return undefined;
  return {
    count: gone.length,
    outside,
    projects: byProject.size,
    names: gone.slice(0, namesShown).map(({ name }) => name),
  };
}

import type { FileFacts } from '../../../shared/facts/file.ts';
import { dropOldest } from '../../newest.ts';

/** What went on in containers, so that a change can be laid to it by its time. Bounded. */
export interface Activity {
  execBegan(container: string, exec: string, at: number): void;
  /** undefined: its beginning was not heard. */
  execEnded(container: string, exec: string, at: number): void;
  copied(container: string, at: number): void;
  by(container: string, changedAt: number): FileFacts['by'];
  forget(container: string): void;
}

interface Deed {
  readonly kind: 'exec' | 'copy';
  readonly exec?: string;
  readonly from: number;
  /** undefined: still going on. */
  readonly to?: number;
}

/** The kernel's times of files lag by a tick, and the engine tells an end a little later than it is. */
const slackMs = 20;
const eventLagMs = 100;
/** The engine tells a copy when it is done; how long it took it does not say. */
const longestCopyMs = 60_000;
const mostDeeds = 200;
const mostContainers = 1_000;

export function createActivity(): Activity {
  const deeds = new Map<string, readonly Deed[]>();
  const add = (container: string, deed: Deed): void => {
    const before = deeds.get(container) ?? [];
    deeds.delete(container);
    deeds.set(container, [...before, deed].slice(-mostDeeds));
    dropOldest(deeds, mostContainers);
  };
  return {
    execBegan: (container, exec, from) => add(container, { kind: 'exec', exec, from }),
    execEnded: (container, exec, to) => {
      const known = deeds.get(container) ?? [];
      deeds.set(
        container,
        known.map((deed) => (deed.exec === exec && deed.to === undefined ? { ...deed, to } : deed)),
      );
    },
    copied: (container, at) => add(container, { kind: 'copy', from: at - longestCopyMs, to: at }),
    by: (container, changedAt) => {
      const known = deeds.get(container) ?? [];
      // What was going on for certain first: an exec often follows a copy within the time by which clocks may differ.
      const exactly = known.filter((deed) => isDuring(deed, changedAt, { before: 0, after: 0 }));
      const about = known.filter((deed) => isDuring(deed, changedAt, { before: slackMs, after: eventLagMs }));
      return likeliest(exactly) ?? likeliest(about);
    },
    forget: (container) => void deeds.delete(container),
  };
}

const isDuring = ({ from, to }: Deed, at: number, { before, after }: { before: number; after: number }): boolean =>
  at >= from - before && at <= (to ?? Number.POSITIVE_INFINITY) + after;

/** A copy may have begun a minute ago, so that it is there nearly always: an exec at the same time is more likely. */
const likeliest = (deeds: readonly Deed[]): Deed['kind'] | undefined =>
  deeds.find(({ kind }) => kind === 'exec')?.kind ?? deeds[0]?.kind;

import { dropOldest } from '../newest.ts';

/**
 * Runs a read that a process's own file system can hold up. `whose`: the container whose files these are, or `host`. undefined: it failed, took longer
 * than a second, or found no place.
 */
export type Patient = <T>(whose: string, read: () => Promise<T>) => Promise<T | undefined>;

export interface PatientOptions {
  /** Threads that Node reads files with; default 4, as Node's. */
  readonly threads?: number;
  /** Reads of a container are given up: one has not answered for ten seconds, or it found only places that such reads hold. */
  gaveUp?(whose: string): void;
}

const usualThreads = 4;
const waitMs = 1_000;
/** A busy disk is late for a second, too. */
const deadMs = 10_000;
const mostWaiting = 4_096;

interface Turn {
  readonly whose: string;
  begin(): void;
}

/**
 * A read of cmdline or environ, and whatever follows a link of /proc into the file systems of a container, waits for a FUSE or network file system
 * behind it, which the container may have made to never answer. Each container has one read at a time, and none while one is late. One thread is left
 * to everybody else whatever happens. Of the rest a reserve is kept from containers that have not answered yet, and one place for the host's own files.
 */
export function createPatient({ threads = usualThreads, gaveUp = () => undefined }: PatientOptions = {}): Patient {
  const places = Math.max(1, threads - 1);
  const forContainers = Math.max(1, places - 1);
  // Of four threads there is nothing to set aside.
  const forStrangers = Math.min(forContainers, Math.max(2, Math.ceil(forContainers / 2)));
  const waiting: Turn[] = [];
  const busy = new Set<string>();
  const late = new Set<string>();
  const answered = createAnswered();
  const hasPlace = (whose: string): boolean => {
    if (busy.has(whose)) return false;
    if (whose === 'host') return busy.size < places;
    const taken = busy.size - (busy.has('host') ? 1 : 0);
    return taken < (answered.has(whose) ? forContainers : forStrangers);
  };
  const next = (): void => {
    for (;;) {
      const at = waiting.findIndex(({ whose }) => hasPlace(whose));
      const [turn] = at < 0 ? [] : waiting.splice(at, 1);
      if (turn === undefined) return;
      busy.add(turn.whose);
      turn.begin();
    }
  };
  return (whose, read) =>
    new Promise((resolve) => {
      if (late.has(whose) || waiting.length >= mostWaiting) return resolve(undefined);
      const ended = (): void => {
        clearTimeout(timer);
        clearTimeout(dead);
        busy.delete(whose);
        if (late.delete(whose)) answered.delete(whose);
        else answered.add(whose);
        next();
      };
      let dead: NodeJS.Timeout | undefined;
      const turn = {
        whose,
        begin: () =>
          void read()
            .then(resolve, () => resolve(undefined))
            .finally(ended),
      };
      const timer = setTimeout(() => {
        resolve(undefined);
        const at = waiting.indexOf(turn);
        if (at < 0) {
          late.add(whose);
          dead = setTimeout(() => gaveUp(whose), deadMs - waitMs);
          dead.unref();
          return;
        }
        waiting.splice(at, 1);
        // Behind its own late read it is told by that; behind those of others nobody else tells it.
        if (!busy.has(whose) && late.size >= busy.size) gaveUp(whose);
      }, waitMs);
      waiting.push(turn);
      next();
    });
}

const mostAnswered = 4_096;

/** Containers whose last read was in time. */
function createAnswered() {
  const known = new Set<string>();
  return {
    has: (whose: string): boolean => known.has(whose),
    delete: (whose: string): void => void known.delete(whose),
    add: (whose: string): void => {
      known.delete(whose);
      known.add(whose);
      dropOldest(known, mostAnswered);
    },
  };
}

/**
 * Runs a read that a process's own file system can hold up. `whose`: the container whose files these are. undefined: it failed, took longer than a
 * second, or found no place.
 */
export type Patient = <T>(whose: string, read: () => Promise<T>) => Promise<T | undefined>;

/** Of the four threads that Node reads files with, one is left to everybody else whatever happens. */
const atOnce = 3;
const waitMs = 1_000;
const mostWaiting = 4_096;

interface Turn {
  readonly whose: string;
  begin(): void;
}

/**
 * A read of cmdline or environ, and whatever follows a link of /proc into the file systems of a container, waits for a FUSE or network file system
 * behind it, which the container may have made to never answer. Each container has one read at a time, and none while one is late.
 */
export function createPatient(): Patient {
  const waiting: Turn[] = [];
  const busy = new Set<string>();
  const late = new Set<string>();
  const next = (): void => {
    while (busy.size < atOnce) {
      const at = waiting.findIndex(({ whose }) => !busy.has(whose));
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
        busy.delete(whose);
        late.delete(whose);
        next();
      };
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
        if (at < 0) late.add(whose);
        else waiting.splice(at, 1);
      }, waitMs);
      waiting.push(turn);
      next();
    });
}

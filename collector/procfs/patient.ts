/** Runs reads that a process's own file system can hold up: what does not answer in time is not known, and what never answers stays few. */
export type Patient = <T>(read: () => Promise<T>) => Promise<T | undefined>;

/** Of the four threads that Node reads files with, two are left to everybody else whatever happens. */
const atOnce = 2;
const waitMs = 1_000;
const mostWaiting = 4_096;

/**
 * A read of cmdline or environ, and whatever follows a link of /proc into the file systems of a container, waits for a FUSE or network file system
 * behind it, which the container may have made to never answer. A read that fails, takes longer than a second or finds no place is undefined.
 */
export function createPatient(): Patient {
  let running = 0;
  const waiting: (() => void)[] = [];
  const next = (): void => {
    if (running >= atOnce) return;
    const begin = waiting.shift();
    if (begin === undefined) return;
    running += 1;
    begin();
  };
  return (read) =>
    new Promise((resolve) => {
      if (waiting.length >= mostWaiting) return resolve(undefined);
      let begun = false;
      const begin = (): void => {
        begun = true;
        read()
          .then(resolve, () => resolve(undefined))
          .finally(() => {
            clearTimeout(timer);
            running -= 1;
            next();
          });
      };
      const timer = setTimeout(() => {
        resolve(undefined);
        const at = begun ? -1 : waiting.indexOf(begin);
        if (at >= 0) waiting.splice(at, 1);
      }, waitMs);
      waiting.push(begin);
      next();
    });
}

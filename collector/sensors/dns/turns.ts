/** Reads that wait for each other: those of one container come one after the other, those of different ones side by side. */
export interface Turns {
  /** Whether one more may wait, of this container and of all. */
  hasRoom(container: string): boolean;
  /** Runs when all that were taken before for the same container have ended. @throws whatever `run` rejects with */
  take<T>(container: string, run: () => Promise<T>): Promise<T>;
}

interface Queue {
  waiting: number;
  last: Promise<unknown>;
}

/** `most`: so many may wait. */
export function createTurns(most: { readonly each: number; readonly all: number }): Turns {
  const queues = new Map<string, Queue>();
  let all = 0;
  const ended = (container: string, queue: Queue): void => {
    all -= 1;
    queue.waiting -= 1;
    if (queue.waiting === 0) queues.delete(container);
  };
  return {
    hasRoom: (container) => all < most.all && (queues.get(container)?.waiting ?? 0) < most.each,
    take: (container, run) => {
      const queue = queues.get(container) ?? { waiting: 0, last: Promise.resolve() };
      queues.set(container, queue);
      queue.waiting += 1;
      all += 1;
      const result = queue.last.then(run);
      queue.last = result.then(
        () => ended(container, queue),
        () => ended(container, queue),
      );
      return result;
    },
  };
}

/** A bounded first-in-first-out between one writer and one reader. */
export interface Inbox<T> {
  /** false: full, the item was not taken. */
  put(item: T): boolean;
  /** Ends the iteration after what is in it, with an error if one is given. */
  end(error?: unknown): void;
  readonly size: number;
  readonly full: boolean;
  [Symbol.asyncIterator](): AsyncIterator<T>;
}

export function createInbox<T>(most: number): Inbox<T> {
  const items: T[] = [];
  let ended: { error?: unknown } | undefined;
  let wake: () => void = () => undefined;
  return {
    put: (item) => {
      if (items.length >= most) return false;
      items.push(item);
      wake();
      return true;
    },
    end: (error) => {
      ended ??= error === undefined ? {} : { error };
      wake();
    },
    get size() {
      return items.length;
    },
    get full() {
      return items.length >= most;
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const item = items.shift();
        if (item !== undefined) {
          yield item;
          continue;
        }
        if (ended?.error !== undefined) throw ended.error;
        if (ended !== undefined) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

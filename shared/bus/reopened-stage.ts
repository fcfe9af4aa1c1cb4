import type { Batch, Commit, Processor, StateChange } from './port.ts';
import { openStageLink, type StageLink } from './stage-link.ts';

/** A stage that can be opened anew on the committed state after it failed. */
export interface ReopenedStage {
  readonly restoredAny: boolean;
  open(): Promise<void>;
  hand(batch: Batch): Promise<Commit>;
  /** The state that was just committed. `remember`: it may be needed again soon, so it is not to be read from the log each time. */
  committed(state: readonly StateChange[], remember: boolean): void;
  close(): void;
}

export function createReopenedStage(options: {
  readonly processor: Processor;
  readonly partition: number;
  restore(): Promise<ReadonlyMap<string, string>>;
}): ReopenedStage {
  const { processor, partition } = options;
  let link: StageLink | undefined;
  let known: Map<string, string> | undefined;
  let restoredAny = false;
  return {
    get restoredAny() {
      return restoredAny;
    },
    async open() {
      link?.close();
      known ??= new Map(await options.restore());
      restoredAny = known.size > 0;
      link = openStageLink(processor.open({ partition, restored: new Map(known) }));
    },
    hand: (batch) => (link ? link.hand(batch) : Promise.reject(new Error('the stage is not open'))),
    committed(state, remember) {
      if (!remember) known = undefined;
      for (const { key, value } of state) {
        if (value === null) known?.delete(key);
        else known?.set(key, value);
      }
    },
    close: () => link?.close(),
  };
}

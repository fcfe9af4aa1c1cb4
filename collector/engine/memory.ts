import type { Cursor } from './feed.ts';
import type { ExecRecord } from './find-exec.ts';
import { createHandled, type Handled } from './handled.ts';
import { createImages, type Images } from './images/images.ts';
import { createPredecessors, type Predecessors } from './images/predecessors.ts';
import { createInventory, type Inventory } from './inventory.ts';
import type { CollectorState } from './state.ts';

/** What a collector knows of one engine; outlives the connections to it. */
export interface Memory {
  readonly inventory: Inventory;
  readonly handled: Handled;
  readonly images: Images;
  readonly predecessors: Predecessors;
  /** Where the watch began, for as long as no event was handled. */
  began: Cursor | undefined;
  /** Everything that existed when the watch began was told: only then there is something to go on from. */
  stocked: boolean;
  /** Containers of which only a collector before this one told: its rules may have been others. */
  readonly untold: Set<string>;
  /** When the collector before this one last said that it lives; undefined once that was told. */
  lastBeat: number | undefined;
  readonly execs: Map<string, ExecRecord>;
  /** When something was last heard of a container, our clock: an older census says nothing of it. */
  readonly touched: Map<string, number>;
  /** What sensors keep of this host, by sensor. */
  readonly notes: Map<string, unknown>;
}

export function createMemory(state: CollectorState): Memory {
  const inventory = createInventory();
  inventory.restore(state.containers);
  const predecessors = createPredecessors();
  predecessors.know(state.containers);
  return {
    inventory,
    handled: createHandled(state.cursor),
    images: createImages({ images: state.images ?? [], registries: state.registries }),
    predecessors,
    began: state.cursor,
    stocked: state.cursor !== undefined,
    untold: new Set(inventory.living().map(({ id }) => id)),
    lastBeat: state.lastBeat,
    execs: new Map(),
    touched: new Map(),
    notes: new Map(state.notes),
  };
}

/** undefined: this host is seen for the first time, and not all of it was told yet. */
export const cursorOf = ({ handled, began, stocked }: Memory): Cursor | undefined =>
  stocked ? (handled.cursor() ?? began) : undefined;

import type { Memory, Requirement, StoredItem, StoredWorkload } from '../../shared/baseline-state.ts';
import type { Handle } from '../table.ts';
import { countAgain } from './again.ts';
import { isNewDay } from './fade.ts';
import { itemKey, itemsPerMemory, type Memories, refOf } from './memory.ts';
import { type Sight, withStored } from './sight.ts';

/** Where what a feature knows of a workload is kept. */
interface Place {
  readonly memory: Handle<Memory>;
  readonly watched: Handle<unknown>;
  /** Items by their canonical texts. */
  readonly items: Map<string, Kept>;
}

/** Where an item is kept, and under which key of its memory. */
interface Kept {
  readonly key: string;
  readonly item: Handle<StoredItem>;
}

/**
 * What is seen with nearly every observation once learning has ended: items that are known as they are, of an image that is known to show them. Where
 * they are kept is remembered, so that such a sighting takes no keys and few look-ups. It only saves time: all is the same without.
 */
export interface Familiar {
  /** Counts a sighting in place. The item; undefined where more may change: nothing was counted then. */
  again(workload: StoredWorkload, sight: Sight, needs: Requirement): Kept | undefined;
  /** What was just seen may be familiar from now on. */
  remember(workload: StoredWorkload, memory: Memory, sight: Pick<Sight, 'feature' | 'item' | 'phase'>): void;
}

export function createFamiliar({ handles }: Pick<Memories, 'handles'>): Familiar {
  // A workload is another object once it is of another image.
  const workloads = new WeakMap<StoredWorkload, Map<string, Place>>();
  return {
    again(workload, sight, needs) {
      const place = workloads.get(workload)?.get(sight.feature.name);
      const kept = place?.items.get(sight.item.key);
      if (place === undefined || kept === undefined || isGone(place, kept)) return undefined;
      const memory = place.memory.value;
      if (memory.needs !== needs || !isSettled(memory, sight)) return undefined;
      if (!countAgain(memory, withStored(sight, { key: kept.key, stored: kept.item.value }))) return undefined;
      memory.seen = sight.now;
      handles.grown(place.memory, kept.item);
      return kept;
    },
    remember(workload, memory, { feature, item, phase }) {
      if (memory.progress[phase]?.state !== 'steady') return;
      const features = workloads.get(workload) ?? new Map<string, Place>();
      const place = features.get(feature.name) ?? placeOf(handles, memory);
      const known = place?.items.get(item.key);
      if (place !== undefined && known !== undefined && !isGone(place, known)) return;
      const key = itemKey(item.key);
      const handle = handles.item(refOf(memory), key);
      if (place === undefined || handle === undefined) return;
      if (place.memory.isGone || place.watched.isGone) features.delete(feature.name);
      else features.set(feature.name, place);
      workloads.set(workload, features);
      // Some that are gone may be among them.
      if (place.items.size >= itemsPerMemory) place.items.clear();
      place.items.set(item.key, { key, item: handle });
    },
  };
}

function placeOf(handles: Memories['handles'], memory: Memory): Place | undefined {
  const kept = handles.memory(refOf(memory));
  const watched = handles.watched(memory.host.id, memory.feature);
  return kept && watched && { memory: kept, watched, items: new Map() };
}

const isGone = ({ memory, watched }: Place, { item }: Kept): boolean => memory.isGone || watched.isGone || item.isGone;

/** Learning has ended and is done with: no day begins, and nobody is to be asked about what was learned. */
function isSettled(memory: Memory, { feature, phase, now }: Sight): boolean {
  const progress = memory.progress[phase];
  if (progress?.state !== 'steady' || isNewDay(progress, now)) return false;
  return (
    (progress.reviewed === true || feature.compares === true) && (feature.phases !== 'one' || memory.onePhase === true)
  );
}

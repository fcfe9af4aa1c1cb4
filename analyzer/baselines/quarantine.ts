import { z } from 'zod';
import { phases, type StoredItem, slotsOf } from '../../shared/baseline-state.ts';
import { createTable, entityKey, type Restored, type Table } from '../table.ts';
import { ripen } from './fold.ts';
import { heldBack } from './hold.ts';
import { createKeys } from './keys.ts';
import { counted, isLearning } from './learning.ts';
import type { Memories, MemoryRef } from './memory.ts';

/** How long before and after an event finding of medium or above its lineage is not trusted to teach (record time). */
export const quarantineMs = 600_000;
const lineagesPerPartition = 8_192;

const troubleSchema = z.object({ until: z.number() });

/** Lineages in trouble, and what they showed meanwhile: held back, decided when the trouble has passed (design §4). */
export interface Quarantine {
  /** Until when what a lineage shows is held; undefined when it is trusted. */
  heldUntil(host: string, lineage: string): number | undefined;
  /** A lineage is in trouble now: what it alone taught these memories a short while ago is held back too. */
  trouble(
    at: { readonly host: string; readonly lineage: string; readonly now: number },
    taught: readonly MemoryRef[],
  ): void;
  /** Decides what is due: learned, unless the trouble went on. What is out of its reach now may fold with others. */
  decide(now: number): void;
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>;
}

export function createQuarantine(restored: Restored, memories: Memories): Quarantine {
  const table = createTable<{ until: number }>({
    ...restored,
    part: 'trouble',
    parse: (value) => troubleSchema.parse(value),
    cap: lineagesPerPartition,
    worth: (trouble) => trouble.until,
    wake: (trouble) => trouble.until,
  });
  const keys = createKeys((host, lineage) => entityKey(host, 'trouble', lineage));
  const keyOf = (host: string, lineage: string): string => keys.of(host, lineage, '');
  // Most of the time nobody is.
  const heldUntil = (host: string, lineage: string): number | undefined =>
    table.size === 0 ? undefined : table.get(keyOf(host, lineage))?.until;
  return {
    heldUntil,
    trouble({ host, lineage, now }, taught) {
      const isHeld = heldUntil(host, lineage) !== undefined;
      table.set(keyOf(host, lineage), { until: now + quarantineMs });
      // What it showed since the first trouble is held already.
      if (isHeld) return;
      for (const ref of taught) holdBack(memories, ref, { lineage, now });
    },
    decide(now) {
      for (let due = table.due(now); due !== undefined; due = table.due(now)) table.delete(due[0]);
      for (let due = memories.dueItem(now); due !== undefined; due = memories.dueItem(now)) {
        const [key, { holdUntil: held, alone: _alone, ...item }] = due;
        if (held === undefined) {
          ripen(memories, key, item);
          continue;
        }
        const until = heldUntil(item.host, item.lineage);
        if (until === undefined) learnHeld(memories, key, { item, now });
        else memories.setItem(key, { ...item, holdUntil: until });
      }
    },
    table,
  };
}

function learnHeld(
  memories: Memories,
  key: string,
  { item, now }: { readonly item: StoredItem; readonly now: number },
): void {
  // Nothing is learned while it is enforced: it stays held, and is told when it is seen again.
  if (memories.memory(item)?.mode === 'enforce') {
    memories.setItem(key, item);
    return;
  }
  let learned = item;
  for (const phase of phases) {
    const sighting = item[phase];
    if (sighting?.as !== 'held') continue;
    learned = { ...learned, [phase]: { ...sighting, as: 'learned' } };
    const memory = memories.memory(item);
    if (memory !== undefined)
      memories.setMemory(counted(memory, phase, { before: 0, after: slotsOf(sighting), first: sighting.first, now }));
  }
  memories.setItem(key, learned);
}

function holdBack(memories: Memories, ref: MemoryRef, by: { readonly lineage: string; readonly now: number }): void {
  for (const phase of phases) {
    const memory = memories.memory(ref);
    if (memory === undefined || !isLearning(memory, phase)) continue;
    for (const [key, item] of memories.items(ref)) {
      const isSuspect =
        (item[phase]?.first ?? 0) > by.now - quarantineMs && item.lineage === by.lineage && item.shared !== true;
      const until = by.now + quarantineMs;
      const held = isSuspect
        ? heldBack(memories.memory(ref) ?? memory, item, { phase, until, now: by.now })
        : undefined;
      if (held === undefined) continue;
      memories.setItem(key, held[1]);
      memories.setMemory(held[0]);
    }
  }
}

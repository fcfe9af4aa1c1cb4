import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../../analyzer/baselines/item-bytes.ts';
import {
  createMemories,
  emptyMemory,
  featureShare,
  itemsPerMemory,
  itemText,
  refOf,
} from '../../../../analyzer/baselines/memory.ts';
import { entityKey } from '../../../../analyzer/table.ts';
import { baselineParts, type Memory, type Progress, type StoredItem } from '../../../../shared/baseline-state.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { decided, nginx } from '../../../support/analyzer/decisions.ts';
import { asked, egress, exec, program } from '../../../support/analyzer/observations.ts';
import { createPlay, quickBaselines } from '../../../support/analyzer/play.ts';

const steady: Progress = { state: 'steady', since: 0, sightings: 99, once: 0, first: 0, last: 0, newProbability: 0.01 };
const needs = { observations: 5, hours: 0, newProbability: 0.05 };

const memoryOf = (workload: string, more: Partial<Memory> = {}): Memory => ({
  ...emptyMemory({ host: { id: 'h', name: 'h' }, workload: { id: workload, name: workload }, feature: 'f' }, needs, 0),
  ...more,
});

const itemOf = (workload: string, at: number, more: Partial<StoredItem> & { count?: number } = {}): StoredItem => {
  const { count = 1, ...rest } = more;
  return {
    host: 'h',
    workload,
    feature: 'f',
    text: 't',
    lineage: 'l',
    steady: { as: 'learned', count, first: at, last: at },
    ...rest,
  };
};

/** The key of the table under which an item of `web` is kept. */
const storedKey = (key: string): string => entityKey('h', baselineParts.item, 'web', 'f', key);

/** Fills the table of items: so many workloads, each with as many once-seen items as one memory may have. */
function flood(memories: ReturnType<typeof createMemories>, workloads: number): void {
  for (let workload = 0; workload < workloads; workload += 1) {
    const memory = memoryOf(`noisy ${workload}`);
    memories.setMemory(memory);
    for (let n = 0; n < itemsPerMemory && memories.hasRoom(refOf(memory)); n += 1) {
      memories.setItem(`${n}`, itemOf(memory.workload.id, 1_000_000 + n));
    }
  }
}

describe('a flood of items', () => {
  it('takes neither room nor what was learned from the others', () => {
    const memories = createMemories({ partition: 0, restored: new Map() });
    const calm = memoryOf('calm', { progress: { steady } });
    const young = memoryOf('young');
    for (const memory of [calm, young]) memories.setMemory(memory);
    memories.setItem('learned', itemOf('calm', 1));
    memories.setItem('told', itemOf('young', 2, { told: 2 }));
    memories.setItem('twice', itemOf('young', 3, { count: 2 }));
    memories.setItem('once', itemOf('young', 4));
    flood(memories, 30);

    expect(memories.hasRoom(refOf(memoryOf('newcomer')))).toBe(true);
    expect(memories.hasRoom(refOf(calm))).toBe(true);
    expect(memories.item(refOf(calm), 'learned')).toBeDefined();
    expect(memories.item(refOf(young), 'told')).toBeDefined();
    expect(memories.item(refOf(young), 'twice')).toBeDefined();
    expect(memories.item(refOf(young), 'once')).toBeUndefined();
    expect(memories.items(refOf(memoryOf('noisy 29')))).toHaveLength(itemsPerMemory);
    expect(memories.tables.map((table) => table.takeEvicted())).toEqual([0, 0, 12_500, 0]);
  });

  it('of one workload ends at what one memory may have', () => {
    const memories = createMemories({ partition: 0, restored: new Map() });
    flood(memories, 1);
    expect(memories.hasRoom(refOf(memoryOf('noisy 0')))).toBe(false);
    expect(memories.hasRoom(refOf(memoryOf('other')))).toBe(true);
  });
});

describe('bytes of a workload', () => {
  const kept = (memories: ReturnType<typeof createMemories>, mostBytes: number): boolean =>
    memories.hasRoom(refOf(memoryOf('web')), mostBytes);

  it('are those of the items that it has now, however they came and went, also after a restart', () => {
    const texts = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.option(fc.string({ unit: 'grapheme' }))), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(texts, (moves) => {
        const memories = createMemories({ partition: 0, restored: new Map() });
        memories.setMemory(memoryOf('web'));
        for (const [key, text] of moves) {
          if (text === null) memories.deleteItem(refOf(memoryOf('web')), `${key}`);
          else memories.setItem(`${key}`, itemOf('web', 1, { text }));
        }
        const state = new Map<string, string>();
        for (const table of memories.tables)
          for (const { key, value } of table.takeChanges()) if (value !== null) state.set(key, value);
        const bytes = memories
          .items(refOf(memoryOf('web')))
          .reduce((sum, [key, item]) => sum + bytesOf(storedKey(key), item), 0);
        for (const one of [memories, createMemories({ partition: 0, restored: state })]) {
          expect(kept(one, bytes / featureShare)).toBe(false);
          expect(kept(one, (bytes + 1) / featureShare)).toBe(true);
        }
        memories.clearItems(refOf(memoryOf('web')));
        expect(kept(memories, 1)).toBe(true);
      }),
    );
  });

  it('are forgotten with what gave way', () => {
    const memories = createMemories({ partition: 0, restored: new Map() });
    memories.setItem('once', itemOf('young', 4));
    memories.setMemory(memoryOf('young'));
    flood(memories, 30);
    expect(memories.item(refOf(memoryOf('young')), 'once')).toBeUndefined();
    expect(memories.hasRoom(refOf(memoryOf('young')), 1)).toBe(true);
  });

  it('are not taken by one feature alone, whatever its items are called', () => {
    // As configured when nothing else is said.
    const mostBytes = 8_192 * 1_024;
    for (const letter of ['x', '"', '漢', '🐳', '\u0001']) {
      const memories = createMemories({ partition: 0, restored: new Map() });
      const long = itemText(letter.repeat(500));
      for (let n = 0; n < itemsPerMemory; n += 1)
        if (memories.hasRoom(refOf(memoryOf('web')), mostBytes))
          memories.setItem(`${n}`, itemOf('web', n, { text: long, example: long }));
      expect(memories.items(refOf(memoryOf('web'))).length).toBeGreaterThan(1_500);
      expect(memories.hasRoom(refOf(memoryOf('web')), mostBytes)).toBe(false);
      expect(memories.hasRoom({ ...refOf(memoryOf('web')), feature: 'other' }, mostBytes)).toBe(true);
    }
  });

  it('are at least those that are stored, however often and when an item was seen', () => {
    const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    const sighting = fc.record({
      as: fc.constantFrom('learned' as const, 'held' as const, 'novel' as const),
      count: number,
      first: number,
      last: number,
      slots: number,
      slotAt: number,
      hours: fc.integer({ min: 0, max: 2 ** 24 - 1 }),
      activeDay: fc.integer({ min: 0, max: 1e6 }),
    });
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const places = fc.array(fc.record({ key: text, from: number, to: number }), { maxLength: 8 });
    const more = fc.record(
      { text, example: text, stratum: text, startup: sighting, steady: sighting, places, told: number, ripeAt: number },
      { requiredKeys: ['text'] },
    );
    fc.assert(
      fc.property(more, (item) => {
        const memories = createMemories({ partition: 4_095, restored: new Map() });
        memories.setItem('0123456789abcdef', { ...itemOf('web', 1), ...item });
        const [change] = memories.tables.flatMap((table) => table.takeChanges());
        const [[key, stored] = ['', itemOf('web', 1)]] = memories.items(refOf(memoryOf('web')));
        const bytes = Buffer.byteLength(change?.key ?? '') + Buffer.byteLength(change?.value ?? '');
        expect(bytesOf(storedKey(key), stored)).toBeGreaterThanOrEqual(bytes);
      }),
    );
  });

  it('end what is learned of it, not of others', () => {
    const play = createPlay({ baselines: { ...quickBaselines, kilobytesPerWorkload: 160 } });
    const look = { age: 100 };
    play.batch(Array.from({ length: 200 }, (_, n) => egress('c1', 1 + n, { ip: '192.0.2.1', port: 1 + n }, look)));
    play.batch([
      egress(
        'c2',
        300,
        { ip: '192.0.2.1', port: 1 },
        { ...look, repository: 'docker.io/library/other', name: 'other' },
      ),
    ]);
    const views = describeBaselines(play.state).filter(({ feature }) => feature === 'egress-destinations');
    expect(views.map(({ state, items }) => [state, items.length])).toEqual([
      ['too-large', expect.toSatisfy((count: number) => count > 40 && count < 80)],
      ['learning', 1],
    ]);
  });
});

it('there is room again wherever it was made: what is not full any more does not say so', () => {
  const play = createPlay({ baselines: { ...quickBaselines, kilobytesPerWorkload: 40, minimumHours: 1_000 } });
  const look = { age: 100 };
  const stateOf = (of: string) => describeBaselines(play.state).find(({ feature }) => feature === of)?.state;
  // Four features, each to its quarter.
  for (let n = 0; n < 40; n += 1) {
    const word = `${'abcdefghij'[n % 10]}${'klmnopqrst'[Math.floor(n / 10)]}`;
    play.batch([
      exec('c1', 1 + n, [`x${word}`, 'y'.repeat(60 + n)], look),
      program('c1', 1 + n, { executable: `/opt/${word}`, user: n }, look),
      asked('c1', 1 + n, `www.${word}.example`, 'A', look),
    ]);
  }
  play.batch([egress('c1', 100, { ip: '192.0.2.1', port: 1 }, look)]);
  expect([stateOf('exec-commands'), stateOf('egress-destinations')]).toEqual(['too-large', 'too-large']);
  play.batch([decided({ type: 'reset', workload: nginx, feature: 'exec-commands' }, 200)]);
  play.batch([egress('c1', 300, { ip: '192.0.2.2', port: 1 }, look)]);
  expect(stateOf('egress-destinations')).toBe('learning');
});

describe('what somebody decided', () => {
  it('gives way last: a memory after all that learned by themselves, an approved item after all that are judged by', () => {
    const memories = createMemories({ partition: 0, restored: new Map() });
    const decided = memoryOf('decided', { seen: 0, decided: 1 });
    memories.setMemory(decided);
    memories.setItem('approved', itemOf('decided', 0, { approved: { by: 'sam', at: 1, reason: 'r' } }));
    memories.setItem('learned', itemOf('decided', 0));
    for (let n = 0; n < 4_200; n += 1) memories.setMemory(memoryOf(`w${n}`, { seen: 1_000 + n, progress: { steady } }));
    expect(memories.memory(refOf(decided))).toBeDefined();
    expect(memories.memory(refOf(memoryOf('w0')))).toBeUndefined();
    for (let workload = 4_000; workload < 4_030; workload += 1)
      for (let n = 0; n < itemsPerMemory; n += 1) memories.setItem(`${n}`, itemOf(`w${workload}`, 1_000_000 + n));
    expect(memories.items(refOf(decided)).map(([key]) => key)).toEqual(['approved']);
  });
});

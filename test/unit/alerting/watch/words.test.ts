import { expect, it } from 'vitest';
import type { ProcessStatus } from '../../../../alerting/feed/status-board.ts';
import { createWords } from '../../../../alerting/watch/words.ts';
import { type Standstill, standstillKey } from '../../../../shared/standstill.ts';
import { createMemoryBus } from '../../../support/memory-bus.ts';

const minute = 60_000;
const standstill: Standstill = { part: 'standstill', of: 'sink/siem', partition: 0, offset: 3, since: 5 };
const word: ProcessStatus = { process: standstillKey(standstill), at: 1, silentMs: 1, gone: false, status: standstill };

it('a word that another says once more after its end is hidden for a while, then open again, and can be ended again', async () => {
  let now = 1_000 * minute;
  let processes: readonly ProcessStatus[] = [word];
  const bus = createMemoryBus({ clock: () => now });
  const words = createWords({ bus, board: { list: () => processes }, clock: () => now });
  words.look();
  expect(words.open()).toEqual([standstill]);
  await words.end(standstill, 'it goes on');
  // The board may be behind.
  now += minute;
  words.look();
  expect(words.open()).toEqual([]);
  now += 1;
  words.look();
  expect(words.open()).toEqual([standstill]);
  await words.end(standstill, 'it goes on');
  expect(bus.all('status').map(({ value }) => value)).toEqual([null, null]);
  processes = [];
  words.look();
  expect(words.open()).toEqual([]);
  // Once the board has the end, what is said anew is anew.
  processes = [word];
  expect(words.open()).toEqual([standstill]);
  await bus.close();
});

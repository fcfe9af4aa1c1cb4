import { expect, it } from 'vitest';
import { readLetters, retriedMark } from '../../../../alerting/feed/dead-letters.ts';
import type { BusRecord } from '../../../../shared/bus/port.ts';
import { rejection } from '../../../../shared/bus/rejection.ts';
import { createMemoryBus } from '../../../support/memory-bus.ts';
import { incidentRecord, update } from '../updates.ts';

const recordOf = (n: number): BusRecord => ({
  ...incidentRecord(update(n)),
  topic: 'incidents',
  partition: n % 2,
  offset: n,
  headers: {},
  logged: n,
  value: JSON.stringify(update(n)),
});

it('of very many letters all are sent again, the oldest first, and each once', async () => {
  const bus = createMemoryBus({ partitions: 2 });
  const parked = Array.from({ length: 450 }, (_, n) => ({
    ...rejection(recordOf(n), 'no', { sink: n % 3 === 0 ? 'other' : 'hook' }).record,
    partition: n % 2,
  }));
  await bus.append('rejected', parked);
  const sent: (string | undefined)[] = [];
  const lots: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const { letters, more } = await readLetters(bus, 'hook');
    const open = letters.filter(({ retried }) => retried === undefined);
    lots.push(open.length, more);
    sent.push(...open.map((letter) => letter.update?.id));
    const by = { at: 9, by: 'sam' };
    await bus.append(
      'rejected',
      open.map((letter) => retriedMark('hook', letter, by)),
    );
  }
  expect(lots).toEqual([200, 100, 100, 0, 0, 0]);
  const own = Array.from({ length: 450 }, (_, n) => n).filter((n) => n % 3 !== 0);
  expect([...sent].sort((a = '', b = '') => a.localeCompare(b))).toEqual(
    own.map((n) => update(n).id).sort((a, b) => a.localeCompare(b)),
  );
  const { letters } = await readLetters(bus, 'hook');
  expect(letters).toHaveLength(200);
  expect(letters.every(({ retried }) => retried?.by === 'sam')).toBe(true);
  await bus.close();
});

it('sends what can be sent, however many lie in front that never can be, and names those', async () => {
  const bus = createMemoryBus();
  const broken = (n: number): BusRecord => ({ ...recordOf(n), value: '{}' });
  const parked = Array.from({ length: 260 }, (_, n) => {
    const record = n < 250 ? broken(n) : recordOf(n);
    return { ...rejection(record, `no ${n}`, { sink: 'hook' }).record, partition: 0 };
  });
  await bus.append('rejected', parked);
  const first = await readLetters(bus, 'hook');
  const open = first.letters.filter(({ again }) => again !== undefined);
  expect(open.map((letter) => letter.update?.id)).toEqual(Array.from({ length: 10 }, (_, n) => update(250 + n).id));
  expect(first).toMatchObject({ more: 0, unreadable: 250 });
  expect(first.letters).toHaveLength(200);
  expect(first.named.map(({ reason }) => reason)).toEqual(Array.from({ length: 20 }, (_, n) => `no ${n}`));
  const by = { at: 9, by: 'sam' };
  await bus.append(
    'rejected',
    open.map((letter) => retriedMark('hook', letter, by)),
  );
  const then = await readLetters(bus, 'hook');
  expect(then).toMatchObject({ more: 0, unreadable: 250 });
  expect(then.letters.filter(({ again }) => again !== undefined)).toEqual([]);
  await bus.close();
});

it('sends an update again as it was, to the partition it was in, for its sink alone', async () => {
  const bus = createMemoryBus({ partitions: 2 });
  const traced = { ...recordOf(1), headers: { traceparent: 't' } };
  await bus.append('rejected', [rejection(traced, 'no', { sink: 'hook' }).record]);
  const { letters } = await readLetters(bus, 'hook');
  expect(letters[0]?.again).toEqual({
    key: traced.key,
    value: traced.value,
    headers: { traceparent: 't', 'moorwatch-again': 'hook' },
    at: update(1).at,
    partition: 1,
  });
  await bus.close();
});

it('does not send again what was cut, and takes no name for another that holds it', async () => {
  const bus = createMemoryBus();
  const huge = { ...recordOf(1), value: JSON.stringify(update(1, { title: 'x'.repeat(900_000) })) };
  await bus.append('rejected', [rejection(huge, 'no', { sink: 'hook' }).record]);
  await bus.append('rejected', [rejection(recordOf(2), 'refused by "hook"', { sink: 'hook-2' }).record]);
  const { letters } = await readLetters(bus, 'hook');
  expect(letters).toHaveLength(1);
  expect(letters[0]).not.toHaveProperty('again');
  await bus.close();
});

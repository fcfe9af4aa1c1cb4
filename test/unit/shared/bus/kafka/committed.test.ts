import { describe, expect, it } from 'vitest';
import { committedOnly, positionAfter, type RawRecord } from '../../../../../shared/bus/kafka/committed.ts';

const record = (offset: number, producerId = '', options: { lastOffsetDelta?: number } = {}): RawRecord => ({
  offset: String(offset),
  timestamp: '0',
  key: Buffer.from('k'),
  value: null,
  headers: {},
  isControlRecord: false,
  batchContext: {
    firstOffset: String(offset),
    lastOffsetDelta: options.lastOffsetDelta ?? 0,
    producerId,
    inTransaction: producerId !== '',
  },
});

const marker = (offset: number, producerId: string, type: 'abort' | 'commit'): RawRecord => ({
  ...record(offset, producerId),
  key: Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1]),
  isControlRecord: true,
});

const offsets = (records: readonly RawRecord[]): number[] => records.map(({ offset }) => Number(offset));

describe('committedOnly', () => {
  it('leaves out markers and keeps what was committed or written outside transactions', () => {
    const records = [record(0), record(1, 'a'), marker(2, 'a', 'commit'), record(3)];
    expect(offsets(committedOnly(records, []))).toEqual([0, 1, 3]);
  });

  it('leaves out an aborted transaction, not the next one of the same producer', () => {
    const records = [record(0, 'a'), marker(1, 'a', 'abort'), record(2, 'a'), marker(3, 'a', 'commit')];
    expect(offsets(committedOnly(records, [{ producerId: 'a', firstOffset: '0' }]))).toEqual([2]);
  });

  it('takes up overlapping aborted transactions in the order they began, though the broker lists them as they ended', () => {
    const records = [
      record(0, 'early'),
      record(1, 'late'),
      marker(2, 'late', 'abort'),
      record(3, 'early'),
      record(4, 'kept'),
      marker(5, 'early', 'abort'),
      marker(6, 'kept', 'commit'),
    ];
    const asListed = [
      { producerId: 'late', firstOffset: '1' },
      { producerId: 'early', firstOffset: '0' },
    ];
    expect(offsets(committedOnly(records, asListed))).toEqual([4]);
  });

  it('knows all transactions that began before the first record fetched', () => {
    const records = [record(6, 'early'), record(7, 'late'), marker(8, 'late', 'abort'), marker(9, 'early', 'abort')];
    const aborted = [
      { producerId: 'late', firstOffset: '5' },
      { producerId: 'early', firstOffset: '0' },
    ];
    expect(committedOnly(records, aborted)).toEqual([]);
  });

  it('keeps records that the producer of an aborted transaction wrote outside transactions', () => {
    const outside = { ...record(1, 'a'), batchContext: { ...record(1, 'a').batchContext, inTransaction: false } };
    expect(offsets(committedOnly([record(0, 'a'), outside], [{ producerId: 'a', firstOffset: '0' }]))).toEqual([1]);
  });
});

describe('positionAfter', () => {
  it('is behind the end of the last batch, also where compaction emptied it', () => {
    expect(positionAfter([record(3, '', { lastOffsetDelta: 6 })], 3)).toBe(10);
  });

  it('is behind a marker', () => {
    expect(positionAfter([record(3, 'a'), marker(4, 'a', 'commit')], 3)).toBe(5);
  });

  it('stays without records, and never goes back', () => {
    expect(positionAfter([], 7)).toBe(7);
    expect(positionAfter([record(3)], 7)).toBe(7);
  });
});

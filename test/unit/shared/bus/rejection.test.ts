import { describe, expect, it } from 'vitest';
import { tickRecord } from '../../../../shared/bus/port.ts';
import { maxRecordBytes, recordBytes } from '../../../../shared/bus/record-size.ts';
import { gapRecord, rejection } from '../../../../shared/bus/rejection.ts';

const record = {
  topic: 'in',
  partition: 1,
  offset: 7,
  key: 'host',
  value: '{"a":1}',
  headers: { h: '1' },
  at: 5,
  logged: 6,
};

describe('rejection', () => {
  it('says where the record stood, what it was and why', () => {
    const { topic, record: rejected } = rejection(record, new Error('no such kind'));
    expect(topic).toBe('rejected');
    expect(rejected).toMatchObject({ key: 'host', at: 5 });
    expect(JSON.parse(rejected.value ?? '')).toEqual({
      topic: 'in',
      partition: 1,
      offset: 7,
      key: 'host',
      value: '{"a":1}',
      headers: { h: '1' },
      reason: 'no such kind',
    });
  });

  it('fits the log whatever the record was', () => {
    // Each control character is six in JSON.
    const worst = '\u0001'.repeat(maxRecordBytes - 10);
    for (const large of [{ value: worst }, { key: worst }, { headers: { h: worst } }, { value: '€'.repeat(299_000) }]) {
      const { record: rejected } = rejection({ ...record, ...large }, 'x'.repeat(1_000_000));
      expect(recordBytes(rejected, 'rejected')).toBeLessThanOrEqual(maxRecordBytes);
      expect(JSON.parse(rejected.value ?? '')).toMatchObject({ topic: 'in', offset: 7 });
    }
  });

  it('takes a tick', () => {
    const tick = { ...record, ...tickRecord(1, 9), headers: {} };
    expect(JSON.parse(rejection(tick, 'why').record.value ?? '')).toMatchObject({
      key: 'tick',
      value: null,
      reason: 'why',
    });
  });
});

describe('gapRecord', () => {
  it('stands right before the first record after the gap', () => {
    const gap = { topic: 'in', partition: 1, from: 2, to: 7 };
    expect(gapRecord(gap, record)).toEqual({
      topic: 'in',
      partition: 1,
      offset: 6,
      key: 'gap',
      value: JSON.stringify(gap),
      headers: { 'moorwatch-gap': '1' },
      at: 5,
      logged: 6,
    });
  });
});

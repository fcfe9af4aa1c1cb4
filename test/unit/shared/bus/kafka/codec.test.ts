import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, sends } from '../../../../../shared/bus/kafka/codec.ts';
import { IncompatibleRecordError } from '../../../../../shared/bus/record-schema.ts';
import { maxRecordBytes } from '../../../../../shared/bus/record-size.ts';
import { MalformedError } from '../../../../../shared/errors.ts';

const place = { topic: 't', partition: 1 };
const raw = (headers: Record<string, Buffer | Buffer[]>) => ({
  offset: '41',
  timestamp: '2000',
  key: Buffer.from('host'),
  value: Buffer.from('{"ü":1}'),
  headers,
  isControlRecord: false,
  batchContext: { firstOffset: '41', lastOffsetDelta: 0, producerId: '-1', inTransaction: false },
});

describe('records', () => {
  it('travel with their time in a header, and come back without it', () => {
    const sent = encodeRecord({ key: 'host', value: '{"ü":1}', headers: { kind: 'exec' }, at: 1234 }, place);
    const headers = Object.fromEntries(
      Object.entries(sent.headers ?? {}).map(([name, value]) => [name, Buffer.from(String(value))]),
    );
    expect(decodeRecord(raw(headers), place)).toEqual({
      ...place,
      offset: 41,
      key: 'host',
      value: '{"ü":1}',
      headers: { kind: 'exec' },
      at: 1234,
      logged: 2000,
    });
  });

  it('of other programs have the time of their append, and the last of repeated headers', () => {
    const record = decodeRecord({ ...raw({ h: [Buffer.from('a'), Buffer.from('b')] }), key: null, value: null }, place);
    expect(record).toMatchObject({ at: 2000, key: '', value: null, headers: { h: 'b' } });
  });

  it('say which version they have; a newer minor one is read, a newer major one is not', () => {
    const sent = encodeRecord({ key: 'host', value: '{}', at: 1 }, place);
    expect(sent.headers).toMatchObject({ 'moorwatch-schema': '1.0' });
    const of = (version: string) => decodeRecord(raw({ 'moorwatch-schema': Buffer.from(version) }), place);
    expect(of('1.7').headers).toEqual({});
    expect(() => of('2.0')).toThrow(/^t\/1@41 was written by a newer Moorwatch \(record schema 2\.0/);
    expect(() => of('10.3')).toThrow(IncompatibleRecordError);
    expect(of('nonsense').value).toBe('{"ü":1}');
  });

  it('that no broker would take are refused by name', () => {
    const record = { key: 'host', value: 'x'.repeat(maxRecordBytes + 1), at: 0 };
    expect(() => encodeRecord(record, place)).toThrow(MalformedError);
  });
});

describe('sends', () => {
  const message = (partition: number, kilobytes: number) =>
    encodeRecord({ key: 'k', value: 'x'.repeat(kilobytes * 1000), at: 0 }, { topic: 't', partition });

  it('are cut before a partition has too much, in order', () => {
    const messages = [message(0, 400), message(1, 400), message(0, 400), message(0, 400), message(1, 400)];
    const cut = sends(messages);
    expect(cut.flat()).toEqual(messages);
    expect(cut.map((slice) => slice.map(({ partition }) => partition))).toEqual([
      [0, 1, 0],
      [0, 1],
    ]);
  });

  it('of nothing are none', () => {
    expect(sends([])).toEqual([]);
  });
});

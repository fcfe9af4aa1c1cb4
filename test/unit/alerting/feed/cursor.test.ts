import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../../../../alerting/feed/cursor.ts';

const place = fc.map(fc.nat(2), fc.nat(3), { maxKeys: 3 });

test('a cursor names its own place, whatever was asked for before and however a place moved since', () => {
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 12 }), (places) => {
      const moving = new Map<number, number>();
      for (const wanted of places) {
        moving.clear();
        for (const [partition, offset] of wanted) moving.set(partition, offset);
        expect(decodeCursor(encodeCursor(moving))).toEqual(wanted);
      }
    }),
  );
});

test('equal places have one cursor, in whatever order their partitions came', () => {
  const [one, other] = [
    new Map([
      [1, 5],
      [0, 7],
    ]),
    new Map([
      [0, 7],
      [1, 5],
    ]),
  ];
  encodeCursor(new Map());
  expect(encodeCursor(one)).toBe(encodeCursor(other));
});

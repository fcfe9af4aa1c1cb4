import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { share } from '../../../../../shared/bus/kafka/assigner.ts';

const shared = (partitions: number[], owned: Record<string, number[]>) =>
  Object.fromEntries(
    share(
      partitions,
      Object.entries(owned).map(([member, mine]) => ({ member, owned: mine })),
    ),
  );

describe('sharing partitions', () => {
  it('leaves the only partition with its owner when a rival comes', () => {
    expect(shared([0], { rival: [], owner: [0] })).toEqual({ owner: [0], rival: [] });
  });

  it('takes from the rich only what the newcomer is short of', () => {
    expect(shared([0, 1, 2, 3], { a: [0, 1, 2, 3], b: [] })).toEqual({ a: [0, 1], b: [2, 3] });
    expect(shared([0, 1, 2, 3], { a: [0, 1], b: [2, 3], c: [] })).toEqual({ a: [0, 1], b: [2], c: [3] });
  });

  it('gives what two claim to one of them', () => {
    expect(shared([0, 1], { a: [0, 1], b: [0, 1] })).toEqual({ a: [0], b: [1] });
  });

  it('gives every partition to exactly one member, nobody more than one beyond another, whatever they claim', () => {
    const claims = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 12 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), claims, (count, owned) => {
        const partitions = Array.from({ length: count }, (_, index) => index);
        const shares = [
          ...share(
            partitions,
            owned.map((mine, index) => ({ member: `m${index}`, owned: mine })),
          ).values(),
        ];
        expect(shares.flat().sort((a, b) => a - b)).toEqual(partitions);
        const sizes = shares.map((mine) => mine.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

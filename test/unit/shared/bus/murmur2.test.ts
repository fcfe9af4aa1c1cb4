import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from '../../../../shared/bus/murmur2.ts';

describe('murmur2', () => {
  // Test vectors of Kafka's own UtilsTest.testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('of %s is as in Kafka', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('places text by its UTF-8 bytes, never outside', () => {
    for (const key of ['', 'ü', '🚢', 'x'.repeat(1_000)])
      for (const partitions of [1, 3, 256]) {
        const partition = partitionOf(key, partitions);
        expect(partition).toBe((murmur2(Buffer.from(key)) & 0x7fffffff) % partitions);
        expect(partition).toBeLessThan(partitions);
      }
  });
});

import { Partitioners } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { createNames } from '../../../../../shared/bus/kafka/names.ts';

const retention = { ms: 1, bytes: 1 };
const names = createNames('lab.', [{ name: 'observations', cleanup: 'delete', partitions: 7, retention }]);

describe('names', () => {
  it('carry the prefix, so that installations on one cluster do not meet', () => {
    expect(names.topic('observations')).toBe('lab.observations');
    expect(names.group('analyzer')).toBe('lab.analyzer');
    expect(names.transactionalId('analyzer', 'observations', 3)).toBe('lab.analyzer-observations-3');
  });

  it('place a key where every other Kafka client places it', () => {
    const partitioner = Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 7 }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [],
      isr: [],
    }));
    for (const key of ['', 'a', 'host', 'häuser', 'a longer key with more than eight bytes', '\u{1f433}']) {
      const theirs = partitioner({ topic: 'observations', partitionMetadata, message: { key, value: null } });
      expect(names.place('observations', { key, value: null, at: 0 }).partition, key).toBe(theirs);
    }
  });

  it('obey a record that names its partition, and refuse what does not exist', () => {
    expect(names.place('observations', { key: 'a', value: null, at: 0, partition: 6 }).partition).toBe(6);
    expect(() => names.place('observations', { key: 'a', value: null, at: 0, partition: 7 })).toThrow(/no partition 7/);
    expect(() => names.place('other', { key: 'a', value: null, at: 0 })).toThrow(/other/);
  });
});

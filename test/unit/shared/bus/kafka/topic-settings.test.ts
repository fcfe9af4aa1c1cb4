import { describe, expect, it } from 'vitest';
import { createCommand, differencesOf, wantedSettings } from '../../../../../shared/bus/kafka/topic-settings.ts';
import type { TopicSpec } from '../../../../../shared/bus/topics.ts';

const day = 86_400_000;
const kept: TopicSpec = {
  name: 'findings',
  cleanup: 'delete',
  partitions: 4,
  retention: { ms: 7 * day, bytes: 1_024 * 1_048_576 },
};
const compacted: TopicSpec = { ...kept, name: 'status', cleanup: 'compact' };

const made = (spec: TopicSpec, replication = 1): ReadonlyMap<string, string> =>
  new Map(wantedSettings(spec, replication).map(({ name, value }) => [name, value]));

describe('the settings of a topic', () => {
  it('divide the bytes among the partitions, and hold segments that retention can work on', () => {
    const settings = made(kept);
    expect(settings.get('retention.bytes')).toBe(String(256 * 1_048_576));
    expect(settings.get('segment.bytes')).toBe(String(32 * 1_048_576));
    expect(settings.get('segment.ms')).toBe(String((7 * day) / 8));
  });

  it('have segments of at least what Kafka takes', () => {
    const tiny = { ...kept, retention: { ms: 1_000, bytes: 1_000 } };
    expect(made(tiny).get('segment.bytes')).toBe('1048576');
    expect(made(tiny).get('segment.ms')).toBe('60000');
  });

  it('leave retention to compaction where keys are kept', () => {
    expect(made(compacted).has('retention.ms')).toBe(false);
    expect(made(compacted).get('cleanup.policy')).toBe('compact');
  });

  it('want two copies written where there are three, and only then', () => {
    expect([1, 2, 3].map((copies) => made(kept, copies).get('min.insync.replicas'))).toEqual(['1', '1', '2']);
  });
});

describe('differences', () => {
  const differ = (changed: Readonly<Record<string, string>>): readonly string[] => {
    const actual = new Map([...made(kept), ...Object.entries(changed)]);
    return differencesOf('m.findings', { spec: kept, replication: 1 }, actual).map(({ setting }) => setting);
  };

  it('are none for a topic as it was made', () => expect(differ({})).toEqual([]));

  it('are not told for what does as well', () => {
    const better = { 'max.message.bytes': '5000000', 'segment.bytes': '2000000', 'min.insync.replicas': '2' };
    expect(differ({ ...better, 'segment.ms': '3600000', 'compression.type': 'gzip' })).toEqual([]);
  });

  it('are told for what does not', () => {
    expect(
      differ({ 'max.message.bytes': '1000000', 'compression.type': 'lz4', 'segment.bytes': '1073741824' }),
    ).toEqual(['segment.bytes', 'compression.type', 'max.message.bytes']);
  });

  it('name a setting that the broker does not tell', () => {
    const actual = new Map(made(kept));
    actual.delete('retention.ms');
    expect(differencesOf('m.findings', { spec: kept, replication: 1 }, actual)).toEqual([
      { topic: 'm.findings', setting: 'retention.ms', expected: String(7 * day), actual: 'unknown' },
    ]);
  });
});

it('the command to create a topic holds everything', () => {
  const options = { topicPrefix: 'm.', replication: 3, brokers: ['a:1', 'b:2'] };
  const words = createCommand(options, compacted).split(' ');
  expect(words.slice(0, 10).join(' ')).toBe(
    'kafka-topics.sh --bootstrap-server a:1,b:2 --create --topic m.status --partitions 4 --replication-factor 3',
  );
  expect(words.filter((word) => word.includes('='))).toEqual(
    wantedSettings(compacted, 3).map(({ name, value }) => `${name}=${value}`),
  );
});

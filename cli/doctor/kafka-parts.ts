import type { Names } from '../../shared/bus/kafka/names.ts';
import type { Right } from '../../shared/bus/kafka/rights.ts';
import { topic } from '../../shared/bus/topics.ts';

/** A consumer group of ours and the topic it reads. */
export interface GroupOfPart {
  readonly part: PartName;
  readonly group: string;
  readonly topic: string;
}

export type PartName = 'collector' | 'analyzer' | 'alerting';

const partNames: readonly PartName[] = ['collector', 'analyzer', 'alerting'];

/** The groups of one installation (analyzer/main.ts, alerting/main.ts, alerting/sinks/run.ts). */
export function groupsOf(sinks: readonly string[]): readonly GroupOfPart[] {
  return [
    { part: 'analyzer', group: 'analyzer', topic: topic.observations },
    { part: 'alerting', group: 'alerting', topic: topic.findings },
    ...sinks.map((sink): GroupOfPart => ({ part: 'alerting', group: `sink-${sink}`, topic: topic.incidents })),
  ];
}

/** Topics that a part reads and writes, besides those of its groups: each group appends ticks to what it reads. */
const uses: Readonly<Record<PartName, { readonly reads: readonly string[]; readonly writes: readonly string[] }>> = {
  collector: {
    reads: [topic.collectorState],
    writes: [topic.observations, topic.collectorState, topic.status],
  },
  analyzer: {
    reads: [topic.analyzerState, topic.status],
    writes: [topic.findings, topic.analyzerState, topic.rejected, topic.status],
  },
  alerting: {
    // What a workload used is folded from the observations.
    reads: [
      topic.observations,
      topic.incidents,
      topic.incidentState,
      topic.analyzerState,
      topic.rejected,
      topic.status,
    ],
    // Decisions go to the observations.
    writes: [topic.observations, topic.incidents, topic.incidentState, topic.rejected, topic.status],
  },
};

/** Groups of others whose position a part looks at: alerting tells when the analyzers stand still. */
const watches: Readonly<Record<PartName, readonly string[]>> = { collector: [], analyzer: [], alerting: ['analyzer'] };

export interface NeedsOfPart {
  readonly part: PartName;
  readonly rights: readonly Right[];
}

/** What each part must be allowed to do (docs/bus.md has the same as a table). */
export function needsOf(names: Names, sinks: readonly string[]): readonly NeedsOfPart[] {
  const groups = groupsOf(sinks);
  const onTopics = (topics: readonly string[], operation: Right['operation']): readonly Right[] =>
    [...new Set(topics)].map((name) => ({ on: 'topic', name: names.topic(name), operation }));
  return partNames.map((part) => {
    const own = groups.filter((group) => group.part === part);
    const inputs = own.map((group) => group.topic);
    return {
      part,
      rights: [
        // Every part looks at all topics when it starts.
        ...onTopics(Object.values(topic), 'DESCRIBE'),
        ...onTopics([...inputs, ...uses[part].reads], 'READ'),
        ...onTopics([...uses[part].writes, ...inputs], 'WRITE'),
        ...own.map(({ group }): Right => ({ on: 'group', name: names.group(group), operation: 'READ' })),
        ...watches[part].map((group): Right => ({ on: 'group', name: names.group(group), operation: 'DESCRIBE' })),
        ...own.map(
          ({ group, topic: input }): Right => ({
            on: 'transactional-id',
            name: names.transactionalId(group, input, 0),
            operation: 'WRITE',
          }),
        ),
        { on: 'cluster', name: 'kafka-cluster', operation: 'IDEMPOTENT_WRITE' },
      ],
    };
  });
}

export const keyOf = ({ on, name, operation }: Right): string => `${on} ${name} ${operation}`;

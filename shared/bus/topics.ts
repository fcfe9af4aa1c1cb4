/** What a topic promises; the bus makes it so on SQLite and checks it on Kafka. */
export interface TopicSpec {
  readonly name: string;
  readonly cleanup: 'delete' | 'compact';
  readonly partitions: number;
  readonly retention: { readonly ms: number; readonly bytes: number };
}

/** Topic names of the house (design §1). Keys: host id, unless said otherwise. */
export const topic = {
  observations: 'observations',
  findings: 'findings',
  incidents: 'incidents',
  /** What could not be parsed or processed, with the reason. */
  rejected: 'rejected',
  analyzerState: 'analyzer-state',
  incidentState: 'incident-state',
  /** Compacted: cursor and last snapshots of each host's collector, key `host/…`. */
  collectorState: 'collector-state',
  /** Compacted: what each process says of itself (sensors, coverage, counters), key `process instance`. */
  status: 'status',
} as const;

/** All topics with `partitions` partitions each; counts never change once made. */
export function topicSpecs(options: {
  partitions: number;
  retention: { ms: number; bytes: number };
}): readonly TopicSpec[] {
  const compacted: readonly string[] = [topic.analyzerState, topic.incidentState, topic.collectorState, topic.status];
  return Object.values(topic).map((name) => ({
    name,
    partitions: options.partitions,
    retention: options.retention,
    cleanup: compacted.includes(name) ? 'compact' : 'delete',
  }));
}

import { Subject } from 'rxjs';
import type { Batch, Bus, BusNotice, BusRecord, Commit, NewRecord, Processor } from '../../../shared/bus/port.ts';

/** A bus of tests with one partition, in memory: what was appended can be read, and batches are handed to the stage by hand. */
export function createTestBus(now: () => number) {
  const topics = new Map<string, BusRecord[]>();
  const commits: Commit[] = [];
  let processor: Processor | undefined;
  let batches: Subject<Batch> | undefined;
  let isStopped = false;

  const append = (topic: string, records: readonly NewRecord[]): void => {
    const log = topics.get(topic) ?? [];
    topics.set(topic, log);
    for (const { key, value, at, headers } of records) {
      log.push({ topic, partition: 0, offset: log.length, key, value, at, headers: headers ?? {}, logged: now() });
    }
  };
  const bus: Bus = {
    append: async (topic, records) => append(topic, records),
    process(_group, _topic, given) {
      processor = given;
      batches = new Subject<Batch>();
      given
        .open({ partition: 0, restored: new Map() })(batches)
        .subscribe((commit) => commits.push(commit));
      return {
        ready: Promise.resolve(),
        stop: async () => {
          isStopped = true;
        },
      };
    },
    async *read(topic) {
      yield { records: topics.get(topic) ?? [], next: new Map(), gaps: [] };
    },
    wake: () => undefined,
    bounds: async () => [],
    waiting: async () => new Map(),
    close: async () => undefined,
  };
  return {
    bus,
    commits,
    append,
    /** Latest value per key of a topic. */
    latest: (topic: string) => new Map((topics.get(topic) ?? []).map(({ key, value }) => [key, value])),
    hand: (records: readonly BusRecord[]) => batches?.next({ topic: 'observations', partition: 0, records }),
    notice: (notice: BusNotice) => processor?.notice?.(notice),
    processor: () => processor,
    isStopped: () => isStopped,
  };
}

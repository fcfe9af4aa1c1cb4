import { concatMap } from 'rxjs';
import type { Batch, Bus, BusRecord, Commit, NewRecord, Processor, StateChange } from '../../../shared/bus/port.ts';
import type { TopicSpec } from '../../../shared/bus/topics.ts';
import { encodeObservation } from '../../../shared/observation.ts';
import { sampleExec } from '../observations.ts';

export const batchSize = 500;
const keysPerPartition = 16;
const statePadding = 'x'.repeat(400);

/** One piece of work of the comparison: how many partitions, and whether state is kept beside. */
export interface Work {
  readonly partitions: number;
  readonly withState: boolean;
  readonly records: number;
}

export const workName = ({ partitions, withState }: Work): string =>
  `${partitions} partition${partitions === 1 ? '' : 's'}, ${withState ? 'with' : 'no'} state`;

/** Names of the topics of a piece of work, which all runs of it share. */
export const topicsOf = ({ partitions }: Work): { in: string; out: string; state: string } => ({
  in: `in-${partitions}`,
  out: `out-${partitions}`,
  state: `state-${partitions}`,
});

export function specsOf(work: Work): readonly TopicSpec[] {
  const { in: from, out, state } = topicsOf(work);
  const spec = { partitions: work.partitions, retention: { ms: 86_400_000, bytes: 2 ** 32 } };
  return [
    { ...spec, name: from, cleanup: 'delete' },
    { ...spec, name: out, cleanup: 'delete' },
    { ...spec, name: state, cleanup: 'compact' },
  ];
}

/** Observations of 16 hosts a partition. */
export async function fill(bus: Bus, work: Work): Promise<void> {
  for (let from = 0; from < work.records; from += batchSize) {
    const records = Array.from({ length: Math.min(batchSize, work.records - from) }, (_, index): NewRecord => {
      const number = from + index;
      const partition = number % work.partitions;
      const host = `host-${partition}-${Math.floor(number / work.partitions) % keysPerPartition}`;
      const observation = sampleExec(number, { host });
      return { key: host, value: encodeObservation(observation), at: observation.at, partition };
    });
    await bus.append(topicsOf(work).in, records);
  }
}

/** Each record of a batch as it is to be written to the output, and the state of the keys it has. */
export interface Answer {
  readonly outputs: readonly NewRecord[];
  readonly state: readonly StateChange[];
}

type Incoming = Pick<BusRecord, 'key' | 'value' | 'at' | 'partition'>;

/** What is done with a batch, by us and by the bare pair alike. */
export function answerTo(records: readonly Incoming[], withState: boolean): Answer {
  const outputs = records.map(({ key, value, at, partition }) => ({ key, value, at, partition }));
  const keys = withState ? new Set(records.map(({ key }) => key)) : [];
  const state = [...keys].map((key) => ({ key, value: JSON.stringify({ last: records.length, statePadding }) }));
  return { outputs, state };
}

/** The identity stage. Tells `handed` before it answers and so before anything is written. `signedBy` becomes the key of all outputs. */
export function identityStage(work: Work, handed: (records: number) => void, signedBy?: string): Processor {
  const { out, state: stateTopic } = topicsOf(work);
  const commitOf = ({ records }: Batch): Commit => {
    handed(records.length);
    const { outputs, state } = answerTo(records, work.withState);
    const signed = signedBy === undefined ? outputs : outputs.map((record) => ({ ...record, key: signedBy }));
    return { outputs: signed.map((record) => ({ topic: out, record })), state, done: records.length };
  };
  return {
    ...(work.withState ? { stateTopic } : {}),
    batchSize,
    open: () => concatMap((batch: Batch) => Promise.resolve(commitOf(batch))),
  };
}

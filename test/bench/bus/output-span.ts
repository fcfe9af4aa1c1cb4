import type { Bus, PartitionBounds } from '../../../shared/bus/port.ts';

/**
 * Records per second that arrived at a topic since `before`, by the time at which the log took them: the same clock for whoever wrote them,
 * and nothing of the time in which a consumer joins or leaves. Counts them, too: a run that lost or doubled one is no result.
 */
export async function outputRate(
  bus: Bus,
  topic: string,
  { before, expected }: { before: readonly PartitionBounds[]; expected: number },
): Promise<number> {
  const offsets = new Map(before.map(({ partition, end }) => [partition, end]));
  const times: number[] = [];
  for await (const { records } of bus.read(topic, { from: { offsets }, follow: false, pageSize: 5_000 }))
    for (const { logged } of records) times.push(logged);
  if (times.length !== expected) throw new Error(`${times.length} of ${expected} records arrived at ${topic}`);
  const first = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
  const last = times.reduce((most, time) => Math.max(most, time), 0);
  return times.filter((time) => time > first).length / ((last - first) / 1_000);
}

/** Resolves when a count that is told by `add` has reached the goal. */
export function countdown(goal: number): { add(count: number): void; readonly reached: Promise<void> } {
  let count = 0;
  let done: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    done = resolve;
  });
  return {
    add(more) {
      count += more;
      if (count >= goal) done();
    },
    reached,
  };
}

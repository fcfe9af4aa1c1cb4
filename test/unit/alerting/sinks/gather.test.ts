import fc from 'fast-check';
import { firstValueFrom, of } from 'rxjs';
import { describe, expect, it, test } from 'vitest';
import { createDeliverStage } from '../../../../alerting/sinks/deliver.ts';
import { type Answers, createGatheringSink, type Gathered } from '../../../../alerting/sinks/gather.ts';
import type { Delivery, Sink } from '../../../../alerting/sinks/sink.ts';
import type { Batch, Commit } from '../../../../shared/bus/port.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { incidentRecord, update } from '../updates.ts';

const delivered: Delivery = { kind: 'delivered' };
const down: Delivery = { kind: 'retry', reason: 'down' };
const refused: Delivery = { kind: 'refused', reason: 'no' };
const { signal } = new AbortController();

/** A receiver that says what the test says of the ids of a request; every body is ten bytes. */
function setUp(answer: (ids: readonly string[]) => Answers, maxBytes = 1_000) {
  const requests: string[][] = [];
  const post = async (messages: readonly Gathered[]): Promise<Answers> => {
    const ids = messages.map(({ id }) => id);
    requests.push(ids);
    return answer(ids);
  };
  const sink = createGatheringSink({ name: 'siem', maxBytes, body: () => '0123456789', post, close: () => undefined });
  return { sink, requests };
}
const id = (n: number): string => update(n).id;

const batchOf = (partition: number, ns: readonly number[]): Batch => ({
  topic: 'incidents',
  partition,
  records: ns.map((n) => ({
    ...incidentRecord(update(n)),
    topic: 'incidents',
    partition,
    offset: n,
    headers: {},
    logged: 0,
  })),
});
/** Delivery of a partition as the log wants it: what is not done comes again. Undefined: more tries than `most`. */
async function deliver(
  sink: Sink,
  { partition, ns, most }: { partition: number; ns: readonly number[]; most: number },
) {
  const stage = createDeliverStage({ sink, telemetry: noTelemetry, clock: () => 0, onState: () => undefined });
  const parked: number[] = [];
  let next = 0;
  for (let tries = 0; next < ns.length; tries += 1) {
    if (tries === most) return undefined;
    const commit: Commit = await firstValueFrom(of(batchOf(partition, ns.slice(next))).pipe(stage()));
    next += commit.done;
    parked.push(...commit.outputs.map(({ record }) => (JSON.parse(record.value ?? '') as { offset: number }).offset));
  }
  return parked;
}

describe('a sink that gathers', () => {
  it('sends what was gathered in one request, and begins another before it is too big', async () => {
    const { sink, requests } = setUp(() => delivered, 30);
    for (const n of [1, 2, 3, 4]) expect(await sink.send(update(n), signal)).toEqual(delivered);
    expect(requests).toEqual([[id(1), id(2), id(3)]]);
    expect(await sink.flush?.(signal)).toEqual(delivered);
    expect(requests).toEqual([[id(1), id(2), id(3)], [id(4)]]);
    expect(await sink.flush?.(signal)).toEqual(delivered);
    expect(requests).toHaveLength(2);
  });

  it('does not call safe what could not be sent on the way', async () => {
    const { sink, requests } = setUp(() => down, 10);
    expect(await sink.send(update(1), signal)).toEqual(delivered);
    expect(await sink.send(update(2), signal)).toEqual(down);
    expect(await sink.flush?.(signal)).toEqual(down);
    expect(requests).toEqual([[id(1)]]);
  });

  it('has a batch sent again for one that is refused, and sends the others only once', async () => {
    const { sink, requests } = setUp((ids) => ids.map((one) => (one === id(2) ? refused : delivered)));
    for (const n of [1, 2, 3]) await sink.send(update(n), signal);
    expect(await sink.flush?.(signal)).toEqual(refused);
    expect(await sink.send(update(1), signal)).toEqual(delivered);
    expect(await sink.send(update(2), signal)).toEqual(refused);
    expect(await sink.send(update(3), signal)).toEqual(delivered);
    expect(await sink.flush?.(signal)).toEqual(delivered);
    expect(requests).toEqual([[id(1), id(2), id(3)]]);
  });

  it('gets past a message that is refused and stands twice in a batch', async () => {
    const { sink, requests } = setUp((ids) => ids.map((one) => (one === id(1) ? refused : delivered)));
    expect(await deliver(sink, { partition: 0, ns: [1, 1, 2], most: 4 })).toEqual([1, 1]);
    expect(requests).toEqual([[id(1), id(1), id(2)]]);
  });

  it('asks the receiver anew about a message that comes back later', async () => {
    let answer: Delivery = refused;
    const { sink, requests } = setUp(() => answer);
    await sink.send(update(1), signal);
    expect(await sink.flush?.(signal)).toEqual(refused);
    expect(await sink.send(update(1), signal)).toEqual(refused);
    answer = delivered;
    const { signal: ofLater } = new AbortController();
    expect(await sink.send(update(1), ofLater)).toEqual(delivered);
    expect(await sink.flush?.(ofLater)).toEqual(delivered);
    expect(requests).toEqual([[id(1)], [id(1)]]);
  });

  it('finds the ones that a receiver refuses as a whole by halves', async () => {
    const { sink, requests } = setUp((ids) => (ids.includes(id(3)) ? refused : delivered));
    for (const n of [1, 2, 3, 4]) await sink.send(update(n), signal);
    expect(await sink.flush?.(signal)).toEqual(refused);
    expect(requests).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]].map((ns) => ns.map(id)));
    const again = await Promise.all([1, 2, 3, 4].map((n) => sink.send(update(n), signal)));
    expect(again.map(({ kind }) => kind)).toEqual(['delivered', 'delivered', 'refused', 'delivered']);
  });

  it('takes a receiver that says nothing of a message for one that is to be asked again', async () => {
    const { sink } = setUp(() => [delivered]);
    for (const n of [1, 2]) await sink.send(update(n), signal);
    expect(await sink.flush?.(signal)).toMatchObject({ kind: 'retry' });
  });

  it('keeps the batches of two partitions apart', async () => {
    const { sink } = setUp((ids) => (ids.includes(id(2)) ? down : delivered));
    const other = new AbortController().signal;
    await sink.send(update(1), signal);
    await sink.send(update(2), other);
    expect(await sink.flush?.(signal)).toEqual(delivered);
    expect(await sink.flush?.(other)).toEqual(down);
  });
});

test('whatever the receiver answers, every message is delivered once or parked once, of all partitions', async () => {
  const answers = fc.array(fc.constantFrom('ok', 'down', 'some', 'whole'), { maxLength: 30 });
  const whole = fc.record({
    answers,
    bad: fc.uniqueArray(fc.nat(29), { maxLength: 5 }),
    maxBytes: fc.integer({ min: 5, max: 120 }),
  });
  await fc.assert(
    fc.asyncProperty(whole, async ({ answers, bad, maxBytes }) => {
      const left = [...answers];
      const had: string[] = [];
      const never = new Set(bad.map(id));
      const { sink } = setUp((ids) => {
        const way = left.shift() ?? 'ok';
        if (way === 'down') return down;
        if (way === 'whole' && ids.some((one) => never.has(one))) return refused;
        return ids.map((one, i) => {
          if (way === 'some' && i % 2 === 1) return down;
          if (never.has(one)) return refused;
          had.push(one);
          return delivered;
        });
      }, maxBytes);
      const parts = [0, 1, 2].map((partition) => ({
        partition,
        ns: Array.from({ length: 10 }, (_, i) => partition * 10 + i),
        most: 100,
      }));
      const parked = await Promise.all(parts.map((part) => deliver(sink, part)));
      const all = parts.flatMap(({ ns }) => ns);
      expect([...had].sort()).toEqual(
        all
          .filter((n) => !bad.includes(n))
          .map(id)
          .sort(),
      );
      expect(new Set(parked.flat())).toEqual(new Set(bad));
      expect(parked.flat()).toHaveLength(bad.length);
    }),
    { numRuns: 200 },
  );
});

import { firstValueFrom, from, lastValueFrom, of, Subject, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defaultBackoff, waitAfter } from '../../../../alerting/sinks/backoff.ts';
import { createDeliverStage, type DeliveryState } from '../../../../alerting/sinks/deliver.ts';
import type { Delivery, Sink } from '../../../../alerting/sinks/sink.ts';
import type { Batch, BusRecord, Commit } from '../../../../shared/bus/port.ts';
import { answerHeader } from '../../../../shared/decision.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { noTelemetry, type Span, type Telemetry } from '../../../../shared/telemetry/telemetry.ts';
import { traceparentOf } from '../../../../shared/trace-context.ts';
import { incidentRecord, update } from '../updates.ts';

const recordOf = (n: number, value: string | null = JSON.stringify(update(n))): BusRecord => ({
  ...incidentRecord(''),
  value,
  topic: 'incidents',
  partition: 0,
  offset: n,
  headers: { traceparent: traceparentOf('a'.repeat(32)) },
  logged: 5_000,
});
const batchOf = (...records: readonly BusRecord[]): Batch => ({ topic: 'incidents', partition: 0, records });

/** A sink that answers as told, delivered when nothing is left to tell. */
function scripted(...answers: (Delivery | Error)[]): Sink & { readonly sent: string[] } {
  const sent: string[] = [];
  return {
    name: 'hook',
    sent,
    send: async ({ id }) => {
      sent.push(id);
      const answer = answers.shift() ?? { kind: 'delivered' };
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

function setUp(sink: Sink) {
  const happened: Happening[] = [];
  const spans: Span[] = [];
  const states: DeliveryState[] = [];
  const telemetry: Telemetry = {
    ...noTelemetry,
    happened: (one) => happened.push(one),
    span: (one) => spans.push(one),
  };
  const stage = createDeliverStage({ sink, telemetry, clock: () => 6_000, onState: (state) => states.push(state) });
  return { happened, spans, states, stage };
}

const down: Delivery = { kind: 'retry', reason: 'down' };

describe('delivery', () => {
  it('sends in order, counts, and traces from the log to the receiver', async () => {
    const sink = scripted();
    const { stage, happened, spans } = setUp(sink);
    const commit = await firstValueFrom(of(batchOf(recordOf(1), recordOf(2))).pipe(stage()));
    expect(commit).toEqual({ outputs: [], state: [], done: 2 });
    expect(sink.sent).toEqual([update(1).id, update(2).id]);
    expect(happened.map(({ name }) => name)).toEqual(['delivered', 'delivered']);
    expect(spans[0]).toMatchObject({ traceId: 'a'.repeat(32), name: 'deliver', startMs: 5_000, endMs: 6_000 });
  });

  it('stays where it is while the receiver is away, waiting twice as long each time, and begins anew after', async () => {
    const sink = scripted(...Array.from({ length: 9 }, () => down), { kind: 'delivered' }, down);
    const { stage, states } = setUp(sink);
    const batches = Array.from({ length: 11 }, () => batchOf(recordOf(1)));
    const commits = await lastValueFrom(from(batches).pipe(stage(), toArray()));
    const waits = commits.map(({ retryAfter }) => retryAfter);
    const steps = [1, 2, 4, 8, 16, 32, 60, 60, 60, undefined, 1].map((s) => s && s * 1_000);
    for (const [n, step] of steps.entries()) {
      if (step === undefined) expect(waits[n]).toBeUndefined();
      else expect(waits[n]).toSatisfy((ms: number) => ms >= step / 2 && ms <= step);
    }
    expect(commits.map(({ done }) => done)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect(states.at(-2)).toEqual({ kind: 'delivering' });
  });

  it('keeps what was sent before the failure, and waits as long as it is asked', async () => {
    const sink = scripted({ kind: 'delivered' }, { kind: 'retry', reason: 'busy', afterMs: 7 });
    const commit = await firstValueFrom(of(batchOf(recordOf(1), recordOf(2), recordOf(3))).pipe(setUp(sink).stage()));
    expect(commit).toEqual({ outputs: [], state: [], done: 1, retryAfter: 7 });
    expect(sink.sent).toHaveLength(2);
  });

  it('parks what is refused, with sink, reason and the update, and goes on', async () => {
    const sink = scripted({ kind: 'refused', reason: 'too large' });
    const { stage, happened } = setUp(sink);
    const commit = await firstValueFrom(of(batchOf(recordOf(1), recordOf(2))).pipe(stage()));
    expect(commit.done).toBe(2);
    expect(commit.outputs).toHaveLength(1);
    expect(JSON.parse(commit.outputs[0]?.record.value ?? '')).toMatchObject({
      sink: 'hook',
      reason: 'too large',
      topic: 'incidents',
      partition: 0,
      offset: 1,
      value: JSON.stringify(update(1)),
    });
    expect(happened).toContainEqual({
      name: 'deliveryRefused',
      sink: 'hook',
      incident: 'incident-1',
      reason: 'too large',
    });
  });

  it('leaves out what no route leads here, counts that, and goes on', async () => {
    const sink = scripted();
    const happened: Happening[] = [];
    const states: DeliveryState[] = [];
    const stage = createDeliverStage({
      sink,
      telemetry: { ...noTelemetry, happened: (one) => happened.push(one) },
      clock: () => 6_000,
      onState: (state) => states.push(state),
      wants: ({ id }) => id === 'incident-2',
    });
    const batches = [batchOf(recordOf(1)), batchOf(recordOf(2), recordOf(3))];
    const commits = await lastValueFrom(from(batches).pipe(stage(), toArray()));
    expect(commits.map(({ done }) => done)).toEqual([1, 2]);
    expect(sink.sent).toEqual([update(2).id]);
    expect(happened.map(({ name }) => name)).toEqual(['deliveryLeftOut', 'delivered', 'deliveryLeftOut']);
    expect(states).toHaveLength(1);
  });

  it('parks what is no update without asking the sink', async () => {
    const sink = scripted();
    const commit = await firstValueFrom(of(batchOf(recordOf(1, '{"x":1}'), recordOf(2))).pipe(setUp(sink).stage()));
    expect(commit.outputs[0]?.record.value).toContain('not an incident update');
    expect(sink.sent).toEqual([update(2).id]);
  });

  it('passes over what became of a decision', async () => {
    const sink = scripted();
    const answer = { ...recordOf(1, '{"type":"answer"}'), headers: { [answerHeader]: 'd1' } };
    const commit = await firstValueFrom(of(batchOf(answer, recordOf(2))).pipe(setUp(sink).stage()));
    expect(commit).toEqual({ outputs: [], state: [], done: 2 });
    expect(sink.sent).toEqual([update(2).id]);
  });

  it('takes a sink that throws as one to try again', async () => {
    const commit = await firstValueFrom(of(batchOf(recordOf(1))).pipe(setUp(scripted(new Error('bug'))).stage()));
    expect(commit).toMatchObject({ done: 0, retryAfter: expect.any(Number) as number });
  });

  it('sends a batch again when it could not be made safe, and parks nothing twice', async () => {
    const sink: Sink = { ...scripted({ kind: 'refused', reason: 'no' }), flush: async () => down };
    const { stage, happened } = setUp(sink);
    const commit = await firstValueFrom(of(batchOf(recordOf(1), recordOf(2))).pipe(stage()));
    const retryAfter = waitAfter(0, defaultBackoff, 'hook', update(2).id);
    expect(commit).toEqual({ outputs: [], state: [], done: 0, retryAfter });
    expect(happened.map(({ name }) => name)).toEqual(['deliveryRetried']);
  });

  it('aborts what is being sent when the partition is taken away', async () => {
    let aborted = false;
    const sink: Sink = {
      name: 'slow',
      send: (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve(down);
          });
        }),
    };
    const batches = new Subject<Batch>();
    const commits: Commit[] = [];
    const subscription = batches.pipe(setUp(sink).stage()).subscribe((commit) => commits.push(commit));
    batches.next(batchOf(recordOf(1)));
    subscription.unsubscribe();
    expect(aborted).toBe(true);
    expect(commits).toEqual([]);
  });
});

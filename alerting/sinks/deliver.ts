import { concatMap, Observable, type OperatorFunction } from 'rxjs';
import { againHeader } from '../../shared/again.ts';
import { type Batch, type BusRecord, busGapHeader, type Commit, isTick, type Output } from '../../shared/bus/port.ts';
import { rejection } from '../../shared/bus/rejection.ts';
import type { CanaryRecord } from '../../shared/canary.ts';
import { answerHeader } from '../../shared/decision.ts';
import { messageOf } from '../../shared/errors.ts';
import { type Incident, type IncidentUpdate, incidentUpdateSchema } from '../../shared/incident.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { parseTraceparent, traceparentHeader } from '../../shared/trace-context.ts';
import { type Backoff, defaultBackoff, waitAfter } from './backoff.ts';
import { canaryIn, canaryUpdate } from './canary.ts';
import type { Delivery, Sink } from './sink.ts';

export interface DeliverOptions {
  readonly sink: Sink;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  /** Whether a route leads an incident to this sink; default: every one. What is left out is counted, and the position moves on. */
  readonly wants?: ((incident: Incident) => boolean) | undefined;
  /** What became of the last message: nothing is wrong, or why it is tried again. */
  onState(state: DeliveryState): void;
  /** The receiver took something, and it is safe. */
  onDelivered?(): void;
  /** Whether the receiver gets canaries, too; they reach its sink in any case. */
  readonly sendsCanaries?: boolean;
  /** A canary came so far, and what was to be sent of it is safe. `logged`: when it came into the log of incidents, ms. */
  onCanary?(canary: CanaryRecord, logged: number): void;
  /** Up to where a partition is delivered: the next offset. */
  onPosition?(partition: number, offset: number): void;
  readonly backoff?: Backoff;
  /** Gives up what is being sent, so that stopping need not wait for a receiver. */
  readonly signal?: AbortSignal;
}

export type DeliveryState = { readonly kind: 'delivering' } | { readonly kind: 'retrying'; readonly reason: string };

/** Longest a receiver may have us wait (Retry-After). */
const mostAsked = 3_600_000;

/**
 * The stage of one sink over the incidents topic: sends in order, stays where it is while the receiver is away, parks in `rejected` what
 * the receiver will never take. Only here deliveries are counted. The position is the sink's own, so no sink holds up another.
 */
export function createDeliverStage(options: DeliverOptions): () => OperatorFunction<Batch, Commit> {
  return () => (batches) => {
    const deliver = createDelivery(options);
    const within = (signal: AbortSignal): AbortSignal =>
      options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
    return batches.pipe(concatMap((batch) => abortable((signal) => deliver(batch, within(signal)))));
  };
}

function createDelivery(options: DeliverOptions): (batch: Batch, signal: AbortSignal) => Promise<Commit> {
  const { sink, backoff = defaultBackoff } = options;
  let failures = 0;

  const waiting = ({ reason, afterMs }: Retry, record: BusRecord | undefined): number => {
    if (options.signal?.aborted === true) return backoff.firstMs;
    const about = record === undefined ? '' : (updateIn(record)?.id ?? '');
    const waitMs =
      afterMs === undefined ? waitAfter(failures, backoff, sink.name, about) : Math.min(afterMs, mostAsked);
    failures = Math.min(failures + 1, 30);
    options.telemetry.happened({ name: 'deliveryRetried', sink: sink.name, reason, afterMs: waitMs });
    options.onState({ kind: 'retrying', reason });
    return waitMs;
  };

  return async (batch, signal) => {
    const { finished, stop } = await sendAll(batch, { ...options, signal });
    const flushed = await flush(finished, { sink, signal });
    if (flushed.kind === 'retry')
      return { outputs: [], state: [], done: 0, retryAfter: waiting(flushed, finished.at(-1)?.record) };
    for (const { record, delivery } of finished) {
      if (delivery.kind === 'canary') options.onCanary?.(delivery.canary, record.logged);
      else tell(record, delivery, options);
    }
    const outputs = finished.flatMap(({ record, delivery }) => parked(record, delivery, sink));
    if (finished.some(({ delivery }) => delivery.kind === 'delivered' || delivery.kind === 'refused')) {
      failures = 0;
      options.onState({ kind: 'delivering' });
    }
    if (finished.some(({ delivery }) => delivery.kind === 'delivered')) options.onDelivered?.();
    const done = finished.length;
    const last = finished.at(-1)?.record.offset;
    options.onPosition?.(batch.partition, last === undefined ? (batch.records[0]?.offset ?? 0) : last + 1);
    return stop === undefined
      ? { outputs, state: [], done }
      : { outputs, state: [], done, retryAfter: waiting(stop, batch.records[done]) };
  };
}

type Retry = Extract<Delivery, { kind: 'retry' }>;
type Outcome =
  | Exclude<Delivery, Retry>
  | { readonly kind: 'nothing' | 'left out' }
  | { readonly kind: 'canary'; readonly canary: CanaryRecord; readonly isSent?: boolean };
interface Finished {
  readonly record: BusRecord;
  readonly delivery: Outcome;
}
interface Sending extends Pick<DeliverOptions, 'sink' | 'wants' | 'sendsCanaries'> {
  readonly signal: AbortSignal;
}

/** Sends in order up to the first message that must be tried again. */
async function sendAll(batch: Batch, sending: Sending): Promise<{ finished: readonly Finished[]; stop?: Retry }> {
  const finished: Finished[] = [];
  for (const record of batch.records) {
    const delivery = await send(record, sending);
    if (delivery.kind === 'retry') return { finished, stop: delivery };
    finished.push({ record, delivery });
  }
  return { finished };
}

async function flush(
  finished: readonly Finished[],
  { sink, signal }: Omit<Sending, 'wants'>,
): Promise<Retry | { kind: 'safe' }> {
  if (sink.flush === undefined || !finished.some(isSent)) return { kind: 'safe' };
  const flushed = await attempt(() => sink.flush?.(signal) ?? Promise.resolve({ kind: 'delivered' }));
  return flushed.kind === 'delivered' ? { kind: 'safe' } : { ...flushed, kind: 'retry' };
}

/** What a sink that gathers must have safe before the position moves. */
const isSent = ({ delivery }: Finished): boolean =>
  delivery.kind === 'delivered' || (delivery.kind === 'canary' && delivery.isSent === true);

/** A canary that is refused is told and missed; nobody would want it sent again. */
const parked = (record: BusRecord, delivery: Outcome, sink: Sink): Output[] =>
  delivery.kind === 'refused' && canaryIn(record) === undefined
    ? [rejection(record, delivery.reason, { sink: sink.name })]
    : [];

async function send(record: BusRecord, sending: Sending): Promise<Outcome | Retry> {
  const { sink, signal, wants } = sending;
  if (isTick(record) || record.headers[busGapHeader] !== undefined) return { kind: 'nothing' };
  // What became of a decision is no incident (feed/decision-board.ts reads it).
  if (record.headers[answerHeader] !== undefined) return { kind: 'nothing' };
  const canary = canaryIn(record);
  if (canary !== undefined) return passCanary(canary, sending);
  const only = record.headers[againHeader];
  if (only !== undefined && only !== sink.name) return { kind: 'nothing' };
  const update = updateIn(record);
  if (update === undefined) return { kind: 'refused', reason: 'not an incident update' };
  // Who had it sent again wants it there, whatever the routes say now.
  if (only === undefined && wants?.(update.incident) === false) return { kind: 'left out' };
  return attempt(() => sink.send(update, signal));
}

/** It is on its way like any message; only who wants it gets it. */
async function passCanary(canary: CanaryRecord, { sink, signal, sendsCanaries }: Sending): Promise<Outcome | Retry> {
  if (sendsCanaries !== true) return { kind: 'canary', canary };
  const delivery = await attempt(() => sink.send(canaryUpdate(canary), signal));
  return delivery.kind === 'delivered' ? { kind: 'canary', canary, isSent: true } : delivery;
}

/** A sink that throws has a fault of its own; the message is not lost for it. */
async function attempt(work: () => Promise<Delivery>): Promise<Delivery> {
  try {
    return await work();
  } catch (error) {
    return { kind: 'retry', reason: messageOf(error) };
  }
}

/** Counters, and the spans from finding to incident and from incident to its receiver. */
function tell(record: BusRecord, delivery: Outcome, { sink, telemetry, clock }: DeliverOptions): void {
  if (delivery.kind === 'nothing') return;
  if (delivery.kind === 'left out') {
    telemetry.happened({ name: 'deliveryLeftOut', sink: sink.name });
    return;
  }
  if (delivery.kind === 'refused') {
    telemetry.happened({ name: 'deliveryRefused', sink: sink.name, incident: idIn(record), reason: delivery.reason });
    return;
  }
  const trace = parseTraceparent(record.headers[traceparentHeader]);
  const now = clock();
  const told = updateIn(record);
  const latency = told && {
    seconds: (now - told.at) / 1_000,
    at: now,
    ...(trace && { traceId: trace.traceId }),
  };
  telemetry.happened({ name: 'delivered', sink: sink.name, ...(latency && { latency }) });
  if (trace === undefined) return;
  const attributes = { 'moorwatch.sink': sink.name, 'moorwatch.incident': idIn(record) };
  telemetry.span({ traceId: trace.traceId, name: 'deliver', startMs: record.logged, endMs: now, attributes });
}

const idIn = (record: BusRecord): string => updateIn(record)?.incident.id ?? '';

function updateIn({ value }: BusRecord): IncidentUpdate | undefined {
  try {
    return incidentUpdateSchema.parse(JSON.parse(value ?? ''));
  } catch {
    return undefined;
  }
}

/** A promise as an observable that aborts its work when nobody waits for it any more. */
function abortable<T>(work: (signal: AbortSignal) => Promise<T>): Observable<T> {
  return new Observable((subscriber) => {
    const controller = new AbortController();
    work(controller.signal).then(
      (value) => {
        subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => controller.abort();
  });
}

import { messageOf } from '../../shared/errors.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { type EngineEvent, parseEvent } from './event.ts';
import type { Inbox } from './inbox.ts';
import { createKeyedLimiter, createLimiter } from './limiter.ts';
import { linesOf } from './lines.ts';
import type { Losses } from './losses.ts';
import type { Prepared } from './prepare.ts';

export interface ReadingOptions<Job> {
  readonly telemetry: Telemetry;
  readonly inbox: Inbox<Job>;
  readonly losses: Losses;
  now(): number;
  /** Every event, in the order of arrival; false: it was handled before. */
  onEvent(event: EngineEvent): boolean;
  /** Asks the engine for the event's facts; never rejects. */
  prepare(event: EngineEvent): Promise<Prepared>;
  job(event: EngineEvent, prepared: Promise<Prepared>): Job;
  /** Facts that came too late for their event. */
  late(prepared: Prepared): Job;
}

const requestsAtOnce = 12;
const requestsPerContainer = 4;
/** Of containers that do not answer: so many questions at a time, and so many that wait. */
const lateAtOnce = 4;
const mostLate = 500;
/** A slow answer holds up the events behind it for so long at most; then the event goes without it. */
const patienceMs = 3_000;

/**
 * Reads as fast as the engine sends (it skips a listener that is slow), and asks for an event's facts at once; waiting is the inbox's. Ends
 * the inbox with the error that ended the stream.
 */
export async function readEvents<Job>(stream: AsyncIterable<Buffer>, options: ReadingOptions<Job>): Promise<void> {
  const { inbox, telemetry, losses, now } = options;
  const ask = createAsking(options);
  const unreadable = (reason: string): void => {
    telemetry.happened({ name: 'eventMalformed', place: 'engine event stream', reason });
    losses.add({ at: Math.trunc(now()), kind: 'unreadable' });
  };
  try {
    for await (const line of linesOf(stream, (length) => unreadable(`a line of more than ${length} characters`))) {
      const event = parsed(line, unreadable);
      if (event === undefined || !options.onEvent(event)) continue;
      if (inbox.full) {
        telemetry.happened({ name: 'observationDropped', reason: 'queue-full', count: 1 });
        losses.add({ at: event.at, kind: 'queue-full' });
      } else inbox.put(options.job(event, ask(event)));
    }
    inbox.end(new Error('the event stream ended'));
  } catch (error) {
    inbox.end(error);
  }
}

function parsed(line: string, unreadable: (reason: string) => void): EngineEvent | undefined {
  try {
    return parseEvent(line);
  } catch (error) {
    unreadable(messageOf(error));
    return undefined;
  }
}

/** The container that an event speaks of, or whatever else it is about. */
const subjectOf = ({ type, actor, attributes }: EngineEvent): string =>
  type === 'network' ? (attributes.container ?? actor) : actor;

/**
 * A container that does not answer costs its events their facts, not the other containers' events their time. What an exec may do is too much
 * to miss: it is asked for all the same, behind everything else, and told late.
 */
function createAsking<Job>(options: ReadingOptions<Job>): (event: EngineEvent) => Promise<Prepared> {
  const { prepare, inbox, late } = options;
  const ofAll = createLimiter(requestsAtOnce);
  const ofOne = createKeyedLimiter(requestsPerContainer);
  const askLater = createAskingLater(options);
  const hung = new Set<string>();
  const patiently = (event: EngineEvent): Promise<Prepared> => {
    const bare: Prepared = { event, passwd: null };
    const subject = subjectOf(event);
    if (hung.has(subject)) {
      if (event.action === 'exec_start') askLater(event);
      return Promise.resolve(bare);
    }
    let isLate = false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        isLate = true;
        hung.add(subject);
        resolve(bare);
      }, patienceMs);
      void prepare(event).then((prepared) => {
        clearTimeout(timer);
        hung.delete(subject);
        if (isLate) inbox.put(late(prepared));
        resolve(prepared);
      });
    });
  };
  return (event) => ofOne(subjectOf(event), () => ofAll(() => patiently(event)));
}

function createAskingLater<Job>({ prepare, inbox, late, losses }: ReadingOptions<Job>): (event: EngineEvent) => void {
  const limit = createLimiter(lateAtOnce);
  const ofOne = createKeyedLimiter(1);
  let waiting = 0;
  return (event) => {
    if (waiting >= mostLate) return losses.add({ at: event.at, kind: 'unanswered' });
    waiting += 1;
    void ofOne(subjectOf(event), () => limit(() => prepare(event))).then((prepared) => {
      waiting -= 1;
      inbox.put(late(prepared));
    });
  };
}

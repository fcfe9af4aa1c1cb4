import { setTimeout as delay } from 'node:timers/promises';
import type { Bus, BusGap } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { encodeCursor, type Position, reaches } from './cursor.ts';
import { type Filter, matches } from './filter.ts';
import { type Live, type LiveUpdate, readUpdate } from './live.ts';
import type { Outlet } from './outlet.ts';

export interface SubscriptionOptions {
  readonly bus: Bus;
  readonly live: Live;
  readonly telemetry: Telemetry;
  readonly outlet: Outlet;
  readonly filter: Filter;
  /** Where to resume; `oldest`: all that the log still has; absent: from now on. */
  readonly after?: Position | 'oldest';
  readonly signal: AbortSignal;
  /** Told of the cursor at which it begins, before anything is sent from there. */
  onStart?(cursor: string): void;
}

/** Bytes in the wire above which reading the past waits for the client. */
const pastAhead = 256 * 1024;

/**
 * Follows the incidents for one client until the signal: first what the log has after its cursor, at the client's pace, then live. No
 * update is left out or doubled where the two meet, because both are counted in offsets.
 */
export async function follow(options: SubscriptionOptions): Promise<void> {
  const { live, signal, outlet } = options;
  await live.ready;
  const position = new Map(await startOf(options));
  options.onStart?.(encodeCursor(position));
  const hand = createHand(options, position);
  while (!signal.aborted && !reaches(position, live.position())) await readPast(options, position, hand);
  if (signal.aborted) return;
  // Nothing may be awaited between the last look at the position and listening.
  const stop = live.listen({ onUpdate: hand.update, onGap: hand.gap });
  const settling = setInterval(() => outlet.settle(), 1_000);
  signal.addEventListener('abort', () => {
    stop();
    clearInterval(settling);
  });
}

interface Hand {
  update(update: LiveUpdate): void;
  gap(gap: BusGap): void;
}

/** Hands over what lies at or after the position, and moves it. */
function createHand({ outlet, filter }: SubscriptionOptions, position: Map<number, number>): Hand {
  return {
    update: ({ update, text, record }) => {
      if (record.offset < (position.get(record.partition) ?? 0)) return;
      const isWanted = matches(filter, update);
      const before = isWanted ? encodeCursor(position) : '';
      position.set(record.partition, record.offset + 1);
      if (!isWanted) return;
      outlet.event({ before, cursor: encodeCursor(position), data: text, severity: update.incident.severity });
    },
    gap: ({ partition, to }) => {
      if (to <= (position.get(partition) ?? 0)) return;
      const from = encodeCursor(position);
      position.set(partition, to);
      outlet.gap({ from, to: encodeCursor(position), reason: 'retention' });
    },
  };
}

/** Reads what the log holds now after the position. */
async function readPast(options: SubscriptionOptions, position: Map<number, number>, hand: Hand): Promise<void> {
  const { bus, live, signal } = options;
  const before = encodeCursor(position);
  // As it is now: what comes live while the log is read is not passed over below.
  const known = new Map(live.position());
  const range = { from: { offsets: new Map(position) }, follow: false, pageSize: 200, signal };
  for await (const page of bus.read(topic.incidents, range)) {
    for (const gap of page.gaps) hand.gap(gap);
    for (const record of page.records) {
      const update = readUpdate(record, options.telemetry);
      if (update !== undefined) hand.update(update);
      // Asked at every record: a page of large incidents is more than a client may have waiting.
      if (options.outlet.buffered() > pastAhead) await room(options);
    }
    for (const [partition, offset] of page.next)
      position.set(partition, Math.max(offset, position.get(partition) ?? 0));
  }
  // Offsets that hold no records (transaction markers, records that retention took): nothing will ever come for them.
  if (encodeCursor(position) === before)
    for (const [p, offset] of known) position.set(p, Math.max(offset, position.get(p) ?? 0));
}

async function room({ outlet, signal }: SubscriptionOptions): Promise<void> {
  while (outlet.buffered() > pastAhead && !signal.aborted) await delay(10);
}

/** A cursor that points past the end of the log belongs to another log: said as a gap, and everything is sent. */
async function startOf(options: SubscriptionOptions): Promise<Position> {
  const { after, live, bus, outlet } = options;
  if (after === undefined) return live.position();
  if (after === 'oldest') return new Map();
  const ends = new Map((await bus.bounds(topic.incidents)).map(({ partition, end }) => [partition, end]));
  const known = [...after].filter(([partition, offset]) => offset <= (ends.get(partition) ?? -1));
  if (known.length === after.size) return after;
  const start = new Map(known);
  outlet.gap({ from: encodeCursor(after), to: encodeCursor(start), reason: 'unknown-position' });
  return start;
}

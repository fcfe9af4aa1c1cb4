import { againHeader } from '../../shared/again.ts';
import type { Bus, BusGap, BusPage, BusRecord } from '../../shared/bus/port.ts';
import { placeOf } from '../../shared/bus/rejection.ts';
import { topic } from '../../shared/bus/topics.ts';
import { canaryHeader } from '../../shared/canary.ts';
import { answerHeader } from '../../shared/decision.ts';
import { messageOf } from '../../shared/errors.ts';
import { type IncidentUpdate, incidentUpdateSchema } from '../../shared/incident.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { Position } from './cursor.ts';
import type { IncidentModel } from './incident-model.ts';
import { readOpenIncidents } from './open-incidents.ts';
import { persist } from './persist.ts';

/** An incident update as the log holds it; `text` is its JSON on one line, sent to everybody as it is. */
export interface LiveUpdate {
  readonly update: IncidentUpdate;
  readonly text: string;
  readonly record: BusRecord;
}

export interface LiveListener {
  onUpdate(update: LiveUpdate): void;
  onGap(gap: BusGap): void;
}

/** The one reader of the incidents topic in a feed: it keeps the model and hands every update on at once. */
export interface Live {
  /** Resolves when the log as it was at the start is read. */
  readonly ready: Promise<void>;
  isReady(): boolean;
  /** One past the newest record that was handed on, per partition. */
  position(): Position;
  /** Returns how to stop listening. */
  listen(listener: LiveListener): () => void;
}

export interface LiveOptions {
  readonly bus: Bus;
  readonly model: IncidentModel;
  readonly telemetry: Telemetry;
  readonly signal: AbortSignal;
  /** Told of every update once the log as it was at the start is read. */
  onLive?(update: LiveUpdate): void;
}

export function createLive(options: LiveOptions): Live {
  const { bus, model, telemetry, signal } = options;
  const listeners = new Set<LiveListener>();
  const position = new Map<number, number>();
  let isReady = false;
  let start = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    start = resolve;
  });

  const take = (page: BusPage): void => {
    for (const gap of page.gaps) for (const listener of listeners) listener.onGap(gap);
    for (const record of page.records) {
      const update = readUpdate(record, telemetry);
      position.set(record.partition, record.offset + 1);
      if (update === undefined) continue;
      model.apply(update.update.incident, update.text.length);
      if (isReady) options.onLive?.(update);
      for (const listener of listeners) listener.onUpdate(update);
    }
    for (const [partition, offset] of page.next) position.set(partition, offset);
  };
  const place = () => (position.size === 0 ? ('oldest' as const) : { offsets: new Map(position) });
  const run = async (): Promise<void> => {
    if (!isReady) {
      for (const incident of await readOpenIncidents(bus, signal))
        model.apply(incident, JSON.stringify(incident).length);
      for await (const page of bus.read(topic.incidents, { from: place(), follow: false, signal })) take(page);
      if (signal.aborted) return;
      isReady = true;
      start();
    }
    for await (const page of bus.read(topic.incidents, { from: place(), follow: true, signal })) take(page);
  };
  void persist(run, { signal, onFailure: (reason) => telemetry.happened({ name: 'feedRefused', reason }) });

  return {
    ready,
    isReady: () => isReady,
    position: () => position,
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The update in a record, or undefined when it is none: passed over, and counted when it cannot be read. */
export function readUpdate(record: BusRecord, telemetry: Telemetry): LiveUpdate | undefined {
  // What became of a decision is no update (decision-board.ts reads it).
  if (record.value === null || record.headers[answerHeader] !== undefined) return undefined;
  if (record.headers[canaryHeader] !== undefined) return undefined;
  // Told here before; once more for one sink (sinks/deliver.ts).
  if (record.headers[againHeader] !== undefined) return undefined;
  try {
    const update = incidentUpdateSchema.parse(JSON.parse(record.value));
    return { update, text: onOneLine(record.value), record };
  } catch (error) {
    telemetry.happened({
      name: 'recordRejected',
      topic: record.topic,
      place: placeOf(record),
      reason: messageOf(error).slice(0, 300),
    });
    return undefined;
  }
}

/** JSON has raw line ends between its members only, where somebody else wrote it so; one in a frame of the feed would end it. */
const onOneLine = (json: string): string => json.replace(/[\r\n]+/g, ' ');

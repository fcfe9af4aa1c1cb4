import { partitionOf } from '../../shared/bus/murmur2.ts';
import type { NewRecord } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { messageOf } from '../../shared/errors.ts';
import { isRecord } from '../../shared/observation.ts';
import type { CollectorLog } from '../log.ts';
import type { Checkpoint, Cursor } from './feed.ts';
import type { ImagesState } from './images/images.ts';
import { knownImageOf } from './images/known-image.ts';
import { registriesStateOf } from './images/registries.ts';
import type { KnownContainer } from './inventory.ts';

/** What a collector left in the log to go on from. */
export interface CollectorState extends Partial<ImagesState> {
  readonly cursor?: Cursor;
  readonly containers: readonly KnownContainer[];
  /** When the collector last said that it lives, ms. */
  readonly lastBeat?: number;
  /** What sensors keep, by sensor; each checks its own. */
  readonly notes?: ReadonlyMap<string, unknown>;
}

/** All of one host is in one partition; the parts of the key are the host's id and what the value is. */
const cursorKey = (host: string): string => `${host}/cursor`;
const registriesKey = (host: string): string => `${host}/registries`;
const imageKey = (host: string, ref: string): string => `${host}/image/${ref}`;
const containerKey = (host: string, id: string): string => `${host}/container/${id}`;
const noteKey = (host: string, sensor: string): string => `${host}/note/${sensor}`;

/** Records for the topic collector-state. The cursor stands last: when it is there, all that it rests on is. */
export function checkpointRecords(
  { hostId, cursor, containers, images, notes = new Map() }: Checkpoint,
  options: { at: number; partitions: number },
): readonly NewRecord[] {
  const place = { at: options.at, partition: partitionOf(hostId, options.partitions) };
  return [
    ...[...containers].map(([id, known]) => ({
      key: containerKey(hostId, id),
      value: known === null ? null : JSON.stringify(known),
      ...place,
    })),
    ...[...notes].map(([sensor, note]) => ({ key: noteKey(hostId, sensor), value: JSON.stringify(note), ...place })),
    ...[...(images?.images ?? [])].map(([ref, known]) => ({
      key: imageKey(hostId, ref),
      value: known === null ? null : JSON.stringify(known),
      ...place,
    })),
    ...(images?.registries === undefined
      ? []
      : [{ key: registriesKey(hostId), value: JSON.stringify(images.registries), ...place }]),
    ...(cursor === undefined
      ? []
      : [{ key: cursorKey(hostId), value: JSON.stringify({ ...cursor, beat: options.at }), ...place }]),
  ];
}

export interface ReadStateOptions {
  readonly hostId: string;
  readonly partitions: number;
  /** An entry that cannot be read is left out: what it said is found again by list and inspect. */
  malformed(key: string, reason: string): void;
}

/** Reads what the last collector of this host left. */
export async function readState(
  bus: Pick<CollectorLog, 'read'>,
  { hostId, partitions, malformed }: ReadStateOptions,
): Promise<CollectorState> {
  const latest = new Map<string, string>();
  const partition = partitionOf(hostId, partitions);
  const range = { from: 'oldest', follow: false, partition, keysWith: `${hostId}/` } as const;
  for await (const { records } of bus.read(topic.collectorState, range)) {
    for (const { key, value } of records) {
      if (!key.startsWith(`${hostId}/`)) continue;
      if (value === null) latest.delete(key);
      else latest.set(key, value);
    }
  }
  const read = <T>(key: string, text: string, parse: (value: unknown) => T): T | undefined => {
    try {
      return parse(JSON.parse(text));
    } catch (error) {
      malformed(key, messageOf(error));
      return undefined;
    }
  };
  const isNote = (key: string): boolean => key.startsWith(noteKey(hostId, ''));
  const containers = [...latest].flatMap(([key, text]) =>
    key.startsWith(containerKey(hostId, '')) ? (read(key, text, containerOf) ?? []) : [],
  );
  const notes = new Map(
    [...latest].flatMap(([key, text]): [string, unknown][] => {
      const note = isNote(key) ? read(key, text, (value) => value) : undefined;
      return note === undefined ? [] : [[key.slice(noteKey(hostId, '').length), note]];
    }),
  );
  const cursor = latest.get(cursorKey(hostId));
  const images = [...latest].flatMap(([key, text]) =>
    key.startsWith(imageKey(hostId, '')) ? (read(key, text, knownImageOf) ?? []) : [],
  );
  const listed = latest.get(registriesKey(hostId));
  const registries = listed === undefined ? undefined : read(registriesKey(hostId), listed, registriesStateOf);
  const lineage = { ...(images.length === 0 ? {} : { images }), ...(registries === undefined ? {} : { registries }) };
  const noted = notes.size === 0 ? {} : { notes };
  return {
    containers,
    ...lineage,
    ...noted,
    ...(cursor === undefined ? {} : read(cursorKey(hostId), cursor, cursorOf)),
  };
}

function cursorOf(value: unknown): Pick<CollectorState, 'cursor' | 'lastBeat'> {
  if (!isRecord(value) || typeof value.nano !== 'string' || !/^\d{1,20}$/.test(value.nano))
    throw new TypeError('a cursor has a `nano`, digits');
  const recent = Array.isArray(value.recent) ? value.recent.map(String) : [];
  return {
    cursor: { nano: value.nano, event: value.event === true, recent },
    ...(typeof value.beat === 'number' ? { lastBeat: value.beat } : {}),
  };
}

function containerOf(value: unknown): KnownContainer {
  const snapshot = isRecord(value) ? value.snapshot : undefined;
  const facts = isRecord(snapshot) ? snapshot.container : undefined;
  if (!isRecord(value) || !isRecord(snapshot) || !isRecord(facts) || typeof value.id !== 'string')
    throw new TypeError('a container has an id and a snapshot');
  if (typeof snapshot.hash !== 'string' || !Array.isArray(snapshot.objects) || facts.id !== value.id)
    throw new TypeError('a snapshot has a hash, objects and the facts of its container');
  // Written by checkpointRecords from a KnownContainer; checked as far as a reader would fail.
  return value as unknown as KnownContainer;
}

import type { BusRecord } from '../shared/bus/port.ts';

/** `observations/3@17`: how a record's place is written everywhere. */
export const placeOf = (record: Pick<BusRecord, 'topic' | 'partition' | 'offset'>): string =>
  `${record.topic}/${record.partition}@${record.offset}`;

import type { NewRecord } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { decodeObservation } from '../../shared/observation.ts';

/**
 * Heartbeats do not wait on disk: a late one says nothing. The newest goes ahead of what is sent, so that a host whose backlog takes a while
 * is not taken for silent. One that says that the collector stops is kept like any other observation: it must stand at the end.
 */
export interface Pulse {
  /** @returns what is to wait on disk */
  without(name: string, records: readonly NewRecord[]): readonly NewRecord[];
  /** The newest heartbeat that was not taken yet. */
  take(): NewRecord | undefined;
}

export function createPulse(): Pulse {
  let newest: NewRecord | undefined;
  return {
    without(name, records) {
      if (name !== topic.observations) return records;
      const beats = records.filter(isBeat);
      newest = beats.at(-1) ?? newest;
      return beats.length === 0 ? records : records.filter((record) => !beats.includes(record));
    },
    take() {
      const beat = newest;
      newest = undefined;
      return beat;
    },
  };
}

/** The look at the text spares reading every observation; a container can write it, but not the kind of an observation. */
function isBeat({ value }: NewRecord): boolean {
  if (value === null || !value.includes('"kind":"heartbeat"')) return false;
  const { kind, heartbeat } = decodeObservation(value, 'spool');
  return kind === 'heartbeat' && heartbeat?.stopping !== true;
}

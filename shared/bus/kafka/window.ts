import type { BusGap, BusRecord } from '../port.ts';
import type { Taken } from '../stage-runner.ts';
import type { LogReader, Position } from './log-reader.ts';
import { recoverPosition } from './position.ts';

/** The records of a partition that were fetched and are not done, and the position that belongs to them. */
export interface Window {
  take(size: number, waitMs: number): Promise<Taken>;
  /** The position to commit when the first `done` records are done: behind all markers if nothing is left. */
  positionAfter(done: number): number;
  /** Forgets the first `done` records and the gap before them. */
  advance(done: number): void;
  /** A gap whose first record after it has not come yet. Its end must not be committed: then nobody would be told. */
  readonly gapPending: boolean;
}

export function openWindow(reader: Pick<LogReader, 'fetch' | 'offsets'>, start: Position): Window {
  let buffer: readonly BusRecord[] = [];
  let next = start.offset;
  let end = start.offset;
  let gap: BusGap | undefined;

  const fill = async (waitMs: number): Promise<void> => {
    const at = { ...start, offset: next };
    const fetched = await reader.fetch(at, waitMs);
    if (fetched === 'out-of-range') {
      const recovered = await recoverPosition(reader, at);
      next = recovered.offset;
      // Retention can overrun a position again before a record after the first gap was seen: one gap for both.
      gap = gap ? { ...gap, to: recovered.gap.to } : recovered.gap;
      return;
    }
    buffer = fetched.records;
    next = fetched.next;
    end = fetched.end;
  };

  const positionAfter = (done: number): number => buffer[done]?.offset ?? next;

  return {
    async take(size, waitMs) {
      if (buffer.length === 0) await fill(waitMs);
      const records = buffer.slice(0, size);
      return { records, lag: Math.max(0, end - positionAfter(0)), ...(gap && records.length > 0 ? { gap } : {}) };
    },
    positionAfter,
    advance(done) {
      buffer = buffer.slice(done);
      gap = undefined;
    },
    get gapPending() {
      return gap !== undefined;
    },
  };
}

import { readFileSync, writeFileSync } from 'node:fs';
import { type EventsOptions, eventLines } from '../../support/sigma/corpus-events.ts';

/** A file of events, one a line. */
export interface Traffic {
  readonly file: string;
  readonly bytes: EventsOptions['bytes'];
  readonly count: number;
}

export function writeTraffic(file: string, options: Omit<EventsOptions, 'seed'>): Traffic {
  writeFileSync(
    file,
    eventLines({ seed: 1, ...options })
      .map((line) => `${line}\n`)
      .join(''),
  );
  return { file, bytes: options.bytes, count: options.count };
}

const pipeSize = 65_536;

/** The first so many events in pieces as a pipe gives them. */
export function chunksOf({ file }: Pick<Traffic, 'file'>, count: number): readonly Buffer[] {
  const all = readFileSync(file);
  let end = 0;
  for (let line = 0; line < count; line += 1) end = all.indexOf('\n', end) + 1;
  return Array.from({ length: Math.ceil(end / pipeSize) }, (_, index) =>
    all.subarray(index * pipeSize, Math.min((index + 1) * pipeSize, end)),
  );
}

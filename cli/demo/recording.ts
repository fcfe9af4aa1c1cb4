import { readFileSync } from 'node:fs';

/**
 * A recorded session of a real engine: one JSON object a line, in the order in which things happened. A body is what the engine answered
 * from that line on, until a later line gives another or says that it is gone.
 */
export type RecordedLine =
  | { readonly type: 'ping'; readonly headers: Readonly<Record<string, string>> }
  | { readonly type: 'body'; readonly path: string; readonly body: unknown }
  | { readonly type: 'event'; readonly event: RecordedEvent };

export interface RecordedEvent {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly time: number;
  readonly timeNano: number;
  /** The engine's `timeNano` as text: a JSON number of that size loses its last digits in JavaScript. */
  readonly nano: string;
}

/** Reads a recording; times are the recorded ones. Throws when a line is not JSON. */
export function readRecording(file: URL | string): readonly RecordedLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedLine);
}

/** Nanoseconds of the first event, the zero of the session's time. */
export function firstNano(lines: readonly RecordedLine[]): bigint {
  for (const line of lines) if (line.type === 'event') return BigInt(line.event.nano);
  return 0n;
}

const rfc3339 = /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The same body with every point in time moved by so many milliseconds; Go's zero time stays. */
export function shiftTimes(body: unknown, ms: number): unknown {
  if (typeof body === 'string') return rfc3339.test(body) ? shiftText(body, ms) : body;
  if (Array.isArray(body)) return body.map((item) => shiftTimes(item, ms));
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, shiftTimes(value, ms)]));
}

/** Keeps the digits below the millisecond, which Date would drop. */
function shiftText(text: string, ms: number): string {
  const fraction = /\.(\d+)Z$/.exec(text)?.[1] ?? '';
  const shifted = new Date(Date.parse(text) + ms).toISOString();
  return fraction.length > 3 ? shifted.replace('Z', `${fraction.slice(3)}Z`) : shifted;
}

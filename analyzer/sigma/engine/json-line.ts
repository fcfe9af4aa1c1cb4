import { numberText, parseEvent } from '../event-json.ts';
import { allValues, type FieldValues } from '../fields.ts';
import { createKeyReader, createKeyTable, type KnownKey } from './json-keys.ts';
import { createUnreadSkip, skipNumber, skipSpace, skipText, skipValue, skipWord } from './json-skip.ts';
import type { Matcher, OnError } from './matcher.ts';
import type { EventView } from './view.ts';

/** Matches events that are lines of JSON text. */
export interface LineMatcher {
  /**
   * Numbers of the entries that are true of the object in the bytes from–to; the byte at `to` is a line break or beyond the buffer.
   * @throws SyntaxError when that is no JSON; TypeError when it is no object
   */
  match(buffer: Buffer, range: { readonly from: number; readonly to: number }, onError?: OnError): readonly number[];
}

const quote = 0x22;

/**
 * Reads each byte once: known keys by their bytes, their values through the scans of the matcher, everything else is stepped over. Flat objects
 * of scalars are settled that way; an event that needs more (a known field that is a list or an object, stands twice, or an escape in a key)
 * is parsed and matched as an object. So what matches is the same, whichever way it went.
 */
export function createLineMatcher(matcher: Matcher): LineMatcher {
  const slots = createSlots(matcher.fields.length);
  let line: Line = { buffer: Buffer.alloc(0), from: 0, to: 0 };
  let everything: readonly unknown[] | undefined;
  const view: EventView = {
    present: (field) => slots.isFilled(field),
    values: (field) => slots.values(field, line.buffer),
    // Asked for by keywords with wildcards within them, which are rare; but one may have a thousand of them.
    everything: () => {
      everything ??= allValues(parseObject(line));
      return everything;
    },
  };
  const isRead = createLineReader(matcher, slots);
  return {
    match(buffer, { from, to }, onError) {
      line = { buffer, from, to };
      everything = undefined;
      slots.clear();
      matcher.begin();
      return isRead(line) ? matcher.finish(view, onError) : matcher.match(parseObject(line), onError);
    },
  };
}

interface Line {
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
}

/** Scans the members of one object; false: this way does not do for it. */
function createLineReader(matcher: Matcher, slots: Slots): (line: Line) => boolean {
  const keywords = matcher.fields.indexOf('');
  // Of a key that stands twice the last counts: where every value is looked at, such an event is parsed.
  const keys = createKeyReader(createKeyTable(matcher.fields), { unique: keywords >= 0 });
  const { readText, readScalar } = createScalarReader(matcher);
  const skipUnread = createUnreadSkip();
  /** Place behind the value, or -1. */
  const readValue = (buffer: Buffer, from: number, key: KnownKey | undefined): number => {
    const byte = buffer[from] ?? 0;
    const nested = byte === 0x7b || byte === 0x5b;
    if (nested && (key !== undefined || keywords >= 0)) return -1;
    if (key === undefined || key.field < 0) {
      if (keywords >= 0)
        return byte === quote ? readText(buffer, from + 1, keywords) : readScalar(buffer, from, keywords);
      return byte === quote ? skipUnread(buffer, from + 1) : skipValue(buffer, from);
    }
    if (slots.isFilled(key.field)) return -1;
    matcher.present(key.field);
    const { field } = key;
    const behind = byte === quote ? readText(buffer, from + 1, field) : readScalar(buffer, from, field);
    slots.fill(key.field, from, behind);
    return behind;
  };
  return ({ buffer, from, to }) => {
    keys.begin();
    let at = skipSpace(buffer, from);
    if (buffer[at] !== 0x7b) return false;
    at = skipSpace(buffer, at + 1);
    if (buffer[at] === 0x7d) return isEnd(buffer, at + 1, to);
    for (;;) {
      if (buffer[at] !== quote) return false;
      at = keys.read(buffer, at + 1);
      if (at < 0) return false;
      const { current } = keys;
      at = behindSpace(buffer, at);
      if (buffer[at] !== 0x3a) return false;
      at = readValue(buffer, behindSpace(buffer, at + 1), current);
      if (at < 0) return false;
      at = behindSpace(buffer, at);
      if (buffer[at] === 0x7d) return isEnd(buffer, at + 1, to);
      if (buffer[at] !== 0x2c) return false;
      at = behindSpace(buffer, at + 1);
    }
  };
}

/** There mostly is none. */
const behindSpace = (buffer: Buffer, from: number): number =>
  (buffer[from] ?? 0) > 0x20 ? from : skipSpace(buffer, from);

/** Scalars through the scan of a field; both give the place behind the value, or -1. */
function createScalarReader({ scans }: Matcher) {
  /** From behind the opening quote. */
  const readText = (buffer: Buffer, from: number, field: number): number => {
    const scan = scans[field];
    if (scan === undefined) return skipText(buffer, from);
    const end = scan.bytes(buffer, from);
    if (end > 0) return end + 1;
    const behind = skipText(buffer, -end);
    if (behind > 0) scan.text(textOf({ buffer, from: from - 1, to: behind }));
    return behind;
  };
  /** A number, true, false or null. */
  const readScalar = (buffer: Buffer, from: number, field: number): number => {
    const byte = buffer[from] ?? 0;
    const isNumber = byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
    const behind = isNumber ? skipNumber(buffer, from) : skipWord(buffer, from);
    const scan = scans[field];
    if (scan === undefined || behind < 0 || byte === 0x6e) return behind;
    if (isNumber && !isPlainInteger(buffer, from, behind)) scan.text(numberText(sliceOf({ buffer, from, to: behind })));
    else scan.plain(buffer, from, behind);
    return behind;
  };
  return { readText, readScalar };
}

/** Nothing but space up to the end of the line. */
function isEnd(buffer: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at < to && (buffer[at] === 0x20 || buffer[at] === 0x09 || buffer[at] === 0x0d)) at += 1;
  return at === to;
}

/** Written as it reads back: digits without a sign; a number has no leading zero. */
function isPlainInteger(buffer: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = buffer[at] ?? 0;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return true;
}

const sliceOf = ({ buffer, from, to }: Line): string => buffer.toString('utf8', from, to);

function parseObject(line: Line): object {
  const value = parseEvent(sliceOf(line));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError('an event is a JSON object');
  return value;
}

/** Text of JSON text, quotes included. */
function textOf(line: Line): string {
  const value: unknown = JSON.parse(sliceOf(line));
  return typeof value === 'string' ? value : '';
}

type Slots = ReturnType<typeof createSlots>;

/** Where the values of fields stand in the line; they become values when somebody asks. */
function createSlots(size: number) {
  const event = new Float64Array(size);
  const from = new Int32Array(size);
  const to = new Int32Array(size);
  let current = 0;
  return {
    clear(): void {
      current += 1;
    },
    isFilled: (field: number): boolean => event[field] === current,
    fill(field: number, start: number, end: number): void {
      event[field] = current;
      from[field] = start;
      to[field] = end;
    },
    values(field: number, buffer: Buffer): FieldValues['values'] {
      if (event[field] !== current) return [];
      return [parseEvent(sliceOf({ buffer, from: from[field] ?? 0, to: to[field] ?? 0 }))];
    },
  };
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { firstNano, type RecordedLine, readRecording, shiftTimes } from '../../../../cli/demo/recording.ts';

const directory = mkdtempSync(join(tmpdir(), 'recording-'));
afterAll(() => rmSync(directory, { recursive: true }));

const event = (nano: string): RecordedLine => ({
  type: 'event',
  event: { Type: 'container', Action: 'start', Actor: { ID: 'c', Attributes: {} }, time: 1, timeNano: 1, nano },
});

test('a recording is read line by line, blank lines aside', () => {
  const file = join(directory, 'a.ndjson');
  const lines: readonly RecordedLine[] = [{ type: 'ping', headers: { 'api-version': '1.41' } }, event('5')];
  writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n\n`);
  expect(readRecording(file)).toEqual(lines);
});

test('a line that is not JSON is refused', () => {
  const file = join(directory, 'b.ndjson');
  writeFileSync(file, '{"type":"ping","headers":{}}\n{"type":');
  expect(() => readRecording(file)).toThrow(SyntaxError);
});

test('time begins with the first event, to the last digit', () => {
  const body: RecordedLine = { type: 'body', path: '/info', body: {} };
  expect(firstNano([body, event('1764000000123456789'), event('1764000000999999999')])).toBe(
    1_764_000_000_123_456_789n,
  );
  expect(firstNano([body])).toBe(0n);
});

test.each([
  ['2026-11-24T12:00:00Z', 1_500, '2026-11-24T12:00:01.500Z'],
  ['2026-11-24T12:00:00.123Z', 1_000, '2026-11-24T12:00:01.123Z'],
  ['2026-11-24T12:00:00.123456789Z', 1_000, '2026-11-24T12:00:01.123456789Z'],
  ['2026-11-24T12:00:00.123456789Z', -86_400_000, '2026-11-23T12:00:00.123456789Z'],
  // Go's zero time stands for "never".
  ['0001-01-01T00:00:00Z', 1_000, '0001-01-01T00:00:00Z'],
  ['web-2026-11-24T12:00:00Z', 1_000, 'web-2026-11-24T12:00:00Z'],
])('%s moved by %d ms is %s', (text, ms, moved) => {
  expect(shiftTimes(text, ms)).toBe(moved);
});

test('times are moved wherever they stand; nothing else is touched', () => {
  const body = { State: { StartedAt: '2026-11-24T12:00:00Z', Pid: 7 }, List: ['2026-11-24T12:00:00Z', null, true] };
  expect(shiftTimes(body, 60_000)).toEqual({
    State: { StartedAt: '2026-11-24T12:01:00.000Z', Pid: 7 },
    List: ['2026-11-24T12:01:00.000Z', null, true],
  });
  expect(body.State.StartedAt).toBe('2026-11-24T12:00:00Z');
});

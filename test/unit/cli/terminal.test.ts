import { expect, test } from 'vitest';
import { createTerminal, type OutputStream, wantsColor } from '../../../cli/terminal.ts';
import { parseSince } from '../../../cli/time.ts';

function stream() {
  const written: string[] = [];
  let fail: (error: NodeJS.ErrnoException) => void = () => undefined;
  const output: OutputStream = {
    write: (text) => {
      written.push(text);
      return true;
    },
    on: (_event, listener) => {
      fail = listener;
    },
  };
  return { written, output, breaks: (code: string) => fail(Object.assign(new Error(code), { code })) };
}

const color = { no: false, force: false, dumb: false };

function setUp(quiet = false) {
  const stdout = stream();
  const stderr = stream();
  const closed: number[] = [];
  const terminal = createTerminal({
    stdout: stdout.output,
    stderr: stderr.output,
    color,
    colorFlag: true,
    quiet,
    onClosed: () => closed.push(1),
  });
  return { terminal, stdout, stderr, closed };
}

test('data goes to stdout, words to stderr, quiet keeps data and complaints', () => {
  const { terminal, stdout, stderr } = setUp(true);
  terminal.out('data');
  terminal.say('words');
  terminal.complain('trouble');
  expect(stdout.written).toEqual(['data\n']);
  expect(stderr.written).toEqual(['trouble\n']);
});

test('a reader that goes away is told once and nothing is written any more', () => {
  const { terminal, stdout, stderr, closed } = setUp();
  stdout.breaks('EPIPE');
  stdout.breaks('EPIPE');
  terminal.out('data');
  stderr.breaks('EPIPE');
  expect(closed).toEqual([1]);
  expect(stdout.written).toEqual([]);
  expect(() => stdout.breaks('EIO')).toThrow('EIO');
});

test.each([
  [true, color, true, true],
  [false, color, true, false],
  [false, { ...color, force: true }, true, true],
  [true, { ...color, dumb: true }, true, false],
  [true, { ...color, no: true, force: true }, true, false],
  [true, color, false, false],
] as const)('terminal %s, environment %j, flag %s: colour %s', (isTTY, wishes, colorFlag, expected) => {
  expect(wantsColor({ color: wishes, colorFlag }, isTTY)).toBe(expected);
});

test.each([
  ['15m', 1_000_000_000_000 - 900_000],
  ['1.5h', 1_000_000_000_000 - 5_400_000],
  ['2026-01-02T03:04:05Z', Date.UTC(2026, 0, 2, 3, 4, 5)],
  ['1767323045000', 1_767_323_045_000],
])('since %s', (text, expected) => {
  expect(parseSince(text, 1_000_000_000_000)).toBe(expected);
});

test('a time that is none is refused', () => {
  expect(() => parseSince('yesterday-ish', 0)).toThrow(/ISO 8601/);
});

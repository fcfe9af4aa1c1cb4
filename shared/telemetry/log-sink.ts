import picocolors from 'picocolors';
import { pino } from 'pino';
import { escapeControl, escapeLines } from '../escape.ts';
import type { Happening } from './happenings.ts';
import type { LogLevel } from './log.ts';

export interface LogLine {
  readonly level: Exclude<LogLevel, 'none'>;
  readonly part: string;
  readonly sentence: string;
  readonly happening: Happening;
}

/** Where log lines go. Writing never throws: a log that cannot be written stops nothing. */
export interface LogSink {
  write(line: LogLine): void;
}

export interface LogSinkOptions {
  readonly format: 'human' | 'json';
  /** The least serious level that is written. */
  readonly level: Exclude<LogLevel, 'none'>;
  readonly color: boolean;
  readonly write: (text: string) => void;
  readonly now: () => Date;
}

const ranks = { error: 0, warn: 1, info: 2, debug: 3 } as const;

/** So many lines of one happening in one minute are written; counters know them all. */
const perMinute = 20;

export function createLogSink(options: LogSinkOptions): LogSink {
  const format = options.format === 'json' ? jsonLine(options) : humanLine(options);
  const windows = new Map<string, { since: number; lines: number }>();
  return {
    write(line) {
      if (ranks[line.level] > ranks[options.level]) return;
      const now = options.now().getTime();
      const known = windows.get(line.happening.name);
      const window = known !== undefined && now - known.since < 60_000 ? known : { since: now, lines: 0 };
      windows.set(line.happening.name, window);
      window.lines++;
      if (window.lines > perMinute) return;
      const last = window.lines === perMinute;
      format(last ? { ...line, sentence: `${line.sentence} (more of this kind are only counted for a minute)` } : line);
    },
  };
}

function humanLine(options: LogSinkOptions): (line: LogLine) => void {
  const colors = picocolors.createColors(options.color);
  const paint = { error: colors.red, warn: colors.yellow, info: colors.green, debug: colors.dim };
  return ({ level, part, sentence, happening }) => {
    const time = options.now().toISOString().slice(11, 19);
    const head = `${colors.dim(time)} ${paint[level](level.padEnd(5))} ${colors.dim(part)}`;
    options.write(`${head} ${shown({ sentence, happening }).join('\n    ')}\n`);
  };
}

function jsonLine(options: LogSinkOptions): (line: LogLine) => void {
  const logger = pino(
    {
      level: options.level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":"${options.now().toISOString()}"`,
    },
    { write: options.write },
  );
  return ({ level, part, sentence, happening }) => {
    const { name, ...fields } = happening;
    logger[level]({ part, event: name, ...escaped(fields) }, shown({ sentence, happening }).join('\n'));
  };
}

/**
 * The sentence without anything that could forge a line or reach the terminal. Its end is what to do, where that is known: those lines are ours
 * (commands to copy), and stay whole.
 */
function shown({ sentence, happening }: Pick<LogLine, 'sentence' | 'happening'>): readonly string[] {
  const fix = 'fix' in happening && sentence.endsWith(happening.fix) ? happening.fix : '';
  const head = escapeControl(sentence.slice(0, sentence.length - fix.length), 2_000);
  const [first = '', ...rest] = escapeLines(fix);
  return [head + first, ...rest];
}

/** JSON escapes C0 by itself; C1, bidirectional and invisible characters would still reach who prints the line. */
function escaped(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      typeof value !== 'string' ? value : name === 'fix' ? escapeLines(value).join('\n') : escapeControl(value, 2_000),
    ]),
  );
}

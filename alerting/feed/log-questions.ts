import type { Bus, ReadRange } from '../../shared/bus/port.ts';
import { messageOf, UserError } from '../../shared/errors.ts';
import type { Problem } from './problem.ts';

/** What a question reads of the log. */
export type LogToRead = Pick<Bus, 'read'>;

/** Questions of clients that are answered from the log itself, not from what the feed keeps. */
export interface LogQuestions {
  /** @throws LogSilentError when the log gave nothing for the time limit, or failed; UserError where only a person can help */
  ask<T>(question: (log: LogToRead) => Promise<T>): Promise<T>;
}

/** The log did not answer: trying again can help. */
export class LogSilentError extends Error {
  constructor(log: string, reason: string, options?: { cause?: unknown }) {
    super(`the log (${log}) does not answer: ${reason}`, options);
    this.name = 'LogSilentError';
  }
}

/** A person waits for the answer; a log that works gives a page within milliseconds, and one whose leader moves within this. */
const limitMs = 8_000;

/** @param options `name`: which log it is, for a person: `Kafka at kafka-1:9092` */
export function createLogQuestions(options: {
  readonly bus: LogToRead;
  readonly name: string;
  /** Longest time without a page. */
  readonly limitMs?: number;
}): LogQuestions {
  const { bus, name } = options;
  const most = options.limitMs ?? limitMs;
  return {
    async ask(question) {
      const giveUp = new AbortController();
      let late: (error: Error) => void = () => undefined;
      const silence = new Promise<never>((_, reject) => {
        late = reject;
      });
      const timer = setTimeout(() => {
        late(new LogSilentError(name, `nothing came within ${most / 1_000} s`));
        giveUp.abort();
      }, most);
      const read = async function* (topic: string, range: ReadRange) {
        try {
          for await (const page of bus.read(topic, { ...range, signal: giveUp.signal })) {
            yield page;
            timer.refresh();
          }
        } catch (error) {
          throw error instanceof UserError ? error : new LogSilentError(name, messageOf(error), { cause: error });
        }
      };
      try {
        return await Promise.race([question({ read }), silence]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** What a client is told when its question failed at the log; undefined when it failed at something else. */
export function logProblem(error: unknown): Problem | undefined {
  if (error instanceof UserError)
    return { status: 503, code: 'log-unusable', message: error.message, fix: error.fix, retryAfter: 30 };
  if (!(error instanceof LogSilentError)) return undefined;
  return {
    status: 503,
    code: 'log-silent',
    message: error.message,
    fix: 'look whether it runs and can be reached from where this feed runs (`moorwatch doctor` there says what is wrong), then ask again',
    retryAfter: 5,
  };
}

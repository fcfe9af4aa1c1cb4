import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLogQuestions, LogSilentError, logProblem } from '../../../../alerting/feed/log-questions.ts';
import type { BusPage, ReadRange } from '../../../../shared/bus/port.ts';

const page: BusPage = { records: [], next: new Map(), gaps: [] };

/** Gives so many pages, each after a pause, and then nothing more until it is given up. */
function slowLog(pages: number, pauseMs: number) {
  const given: AbortSignal[] = [];
  const read = async function* (_topic: string, { signal }: ReadRange): AsyncGenerator<BusPage> {
    if (signal !== undefined) given.push(signal);
    for (let i = 0; i < pages; i += 1) {
      await delay(pauseMs);
      yield page;
    }
    if (pages === 0) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
  };
  return { read, given };
}
const count = async (log: { read(topic: string, range: ReadRange): AsyncIterable<BusPage> }): Promise<number> => {
  let pages = 0;
  for await (const _ of log.read('findings', { from: 'oldest', follow: false })) pages += 1;
  return pages;
};

describe('a question to the log', () => {
  it('is given up, and the log named, when nothing comes', async () => {
    const bus = slowLog(0, 0);
    const asked = createLogQuestions({ bus, name: 'Kafka at a:1', limitMs: 20 }).ask(count);
    await expect(asked).rejects.toThrow('the log (Kafka at a:1) does not answer: nothing came within 0.02 s');
    expect(bus.given.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('may take longer than that as long as pages come', async () => {
    const bus = slowLog(8, 100);
    expect(await createLogQuestions({ bus, name: 'x', limitMs: 600 }).ask(count)).toBe(8);
  });

  it('is no excuse for what fails elsewhere', async () => {
    const asked = createLogQuestions({ bus: slowLog(1, 0), name: 'x' }).ask(async (log) => {
      await count(log);
      throw new TypeError('a fault of ours');
    });
    const error: unknown = await asked.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(logProblem(error)).toBeUndefined();
    expect(logProblem(new LogSilentError('x', 'y'))).toMatchObject({ status: 503 });
  });
});

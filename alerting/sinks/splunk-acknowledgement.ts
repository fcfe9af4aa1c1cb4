import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { HttpAnswer } from './http.ts';
import type { Delivery } from './sink.ts';
import { acknowledgementsAreOff, collectorAnswer, type Judging, judgeFailure } from './splunk-answer.ts';

export interface AcknowledgementOptions {
  /** Asks the collector about acknowledgements. */
  ask(ids: readonly number[], signal: AbortSignal): Promise<HttpAnswer>;
  readonly judging: () => Judging;
  readonly timeoutMs: number;
  /** Waiting between two questions doubles from here to two seconds. */
  readonly firstMs: number;
}

export interface Acknowledgements {
  /** Before anything is sent: undefined when the token gives acknowledgements. Rejects when the collector does not answer. */
  ready(signal: AbortSignal): Promise<Delivery | undefined>;
  /** Waits until the indexer has the events of a request; without that in time they are to be sent again. */
  settled(id: number, signal: AbortSignal): Promise<Delivery>;
}

const mostMs = 2_000;
/** One that is never given: a real one would be forgotten by the collector when it is told. */
const noId = 2_147_483_647;
const acksSchema = z.object({ acks: z.record(z.string(), z.boolean()) });

/** Indexer acknowledgement of an HTTP Event Collector: an id for each request, asked about until it is true. */
export function createAcknowledgements({ ask, judging, timeoutMs, firstMs }: AcknowledgementOptions): Acknowledgements {
  let isKnown = false;
  return {
    ready: async (signal) => {
      if (isKnown) return undefined;
      const answer = await ask([noId], signal);
      if (acksIn(answer) === undefined) return judgeFailure(answer, judging());
      isKnown = true;
      return undefined;
    },
    settled: async (id, signal) => {
      const deadline = performance.now() + timeoutMs;
      for (let pause = firstMs; performance.now() + pause < deadline; pause = Math.min(pause * 2, mostMs)) {
        await wait(pause, undefined, { signal });
        // A collector that is away for a while may still know it afterwards.
        const answer = await ask([id], signal).catch(() => undefined);
        signal.throwIfAborted();
        if (answer === undefined) continue;
        if (acksIn(answer)?.[String(id)] === true) return { kind: 'delivered' };
        if (collectorAnswer(answer)?.code === acknowledgementsAreOff) return judgeFailure(answer, judging());
      }
      return { kind: 'retry', reason: `Splunk acknowledged nothing within ${timeoutMs} ms` };
    },
  };
}

function acksIn({ status, body }: HttpAnswer): Readonly<Record<string, boolean>> | undefined {
  if (status !== 200) return undefined;
  try {
    return acksSchema.safeParse(JSON.parse(body)).data?.acks;
  } catch {
    return undefined;
  }
}

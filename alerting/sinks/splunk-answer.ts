import { z } from 'zod';
import { escapeControl } from '../../shared/escape.ts';
import { type HttpAnswer, verdict } from './http.ts';
import type { Delivery } from './sink.ts';

/** What an HTTP Event Collector says; `code` tells what is the matter. */
const answerSchema = z.object({ text: z.string(), code: z.number(), ackId: z.number().optional() });
export type CollectorAnswer = z.infer<typeof answerSchema>;

export interface Judging {
  readonly now: number;
  redact(text: string): string;
}

export const acknowledgementsAreOff = 14;
const token = 'check the token in tokenFile';

/** No fault of the events, whatever the status: they wait until that is done. */
const mistakes: ReadonlyMap<number, string> = new Map([
  [1, `${token}: it is disabled`],
  [2, token],
  [3, token],
  [4, token],
  [7, 'check index, and that the token may write to it'],
  [10, 'a proxy on the way takes X-Splunk-Request-Channel away'],
  [11, 'a proxy on the way changes X-Splunk-Request-Channel'],
  [
    acknowledgementsAreOff,
    'switch on indexer acknowledgement for the token, or set acknowledge: false (events that were taken can then be lost in Splunk)',
  ],
]);
/** About the events: no data, invalid format, no or a blank event, an indexed field. */
const refusals: ReadonlySet<number> = new Set([5, 6, 12, 13, 15]);

/** Undefined for an answer that no collector gives. */
export function collectorAnswer({ body }: HttpAnswer): CollectorAnswer | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

/** What an answer means that is not 200, or is not a collector's. */
export function judgeFailure(answer: HttpAnswer, { now, redact }: Judging): Delivery {
  const delivery = verdict(answer, { now, credentials: 'tokenFile' });
  const said = collectorAnswer(answer);
  const text = said === undefined ? '' : ` (code ${said.code}: ${escapeControl(redact(said.text), 200)})`;
  const reason = `the receiver answered ${answer.status}${text}`;
  const fix = mistakes.get(said?.code ?? -1);
  if (fix !== undefined) return { kind: 'retry', reason: `${reason}: ${fix}` };
  if (answer.status === 413 || (answer.status === 400 && refusals.has(said?.code ?? -1)))
    return { kind: 'refused', reason };
  if (delivery.kind === 'retry') return { ...delivery, reason: `${delivery.reason}${text}` };
  return { kind: 'retry', reason: `${reason}, which no HTTP Event Collector does: check url` };
}

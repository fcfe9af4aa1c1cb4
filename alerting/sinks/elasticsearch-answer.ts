import { z } from 'zod';
import { escapeControl } from '../../shared/escape.ts';
import type { Answers, Gathered } from './gather.ts';
import { type HttpAnswer, verdict } from './http.ts';
import type { Delivery } from './sink.ts';

/** Characters of what a receiver says of a fault. */
const mostTold = 300;

const faultSchema = z.object({ type: z.string().optional(), reason: z.string().nullish() });
const bulkSchema = z.object({
  items: z.array(z.object({ create: z.object({ status: z.number(), error: faultSchema.optional() }) })),
});
const failedSchema = z.object({ error: faultSchema });

export interface Judging {
  /** The configuration key that holds them. */
  readonly credentials: string;
  readonly now: number;
  redact(text: string): string;
}

/** What an answer to `_bulk` means for each of the messages. */
export function judgeBulk(answer: HttpAnswer, messages: readonly Gathered[], judging: Judging): Answers {
  const body = jsonIn(answer.body);
  if (answer.status < 200 || answer.status >= 300) {
    const delivery = verdict(answer, judging);
    const fault = failedSchema.safeParse(body).data?.error ?? faultInStart(answer);
    if (delivery.kind === 'delivered') return delivery;
    const reason = `${delivery.reason}${told(fault, judging)}`;
    // A redirect, or a refusal that is not Elasticsearch's, is no fault of the messages.
    const isTheirs = delivery.kind === 'retry' || answer.status === 413 || fault !== undefined;
    return isTheirs ? { ...delivery, reason } : { kind: 'retry', reason: `${reason}: check url` };
  }
  // Of one document only a fault is so long (it repeats a field's value): asked in halves, those that are there answer in a few bytes.
  if (answer.isTooLong === true)
    return {
      kind: 'refused',
      reason: `the receiver answered ${answer.status} at more length than is read: it has a fault`,
    };
  const items = bulkSchema.safeParse(body).data?.items;
  if (items?.length !== messages.length)
    return { kind: 'retry', reason: 'the receiver’s answer is none of _bulk: check url' };
  return items.map(({ create }) => judgeItem(create, judging));
}

type Item = z.infer<typeof bulkSchema>['items'][number]['create'];

/** 409: a document with this id is there, so this one was delivered before. */
function judgeItem({ status, error }: Item, judging: Judging): Delivery {
  if ((status >= 200 && status < 300) || status === 409) return { kind: 'delivered' };
  const reason = `the receiver answered ${status} for the document${told(error, judging)}`;
  const { credentials } = judging;
  if (status === 429 || status >= 500) return { kind: 'retry', reason };
  const fix = new Map([
    [401, `check the credentials in ${credentials}`],
    [403, `check what the credentials in ${credentials} allow, and whether the disk is full`],
    [404, 'check dataStream, and that its template is there'],
  ]).get(status);
  return fix === undefined ? { kind: 'refused', reason } : { kind: 'retry', reason: `${reason}: ${fix}` };
}

/**
 * A refusal at more length than is read repeats what it was sent: a page that says it is another program is never so long. So the status decides, and what
 * was read gives the reason.
 */
function faultInStart({ status, start = '', isTooLong }: HttpAnswer): z.infer<typeof faultSchema> | undefined {
  if (isTooLong !== true || status < 400) return undefined;
  const type = /"type":"(\w{1,100})"/.exec(start)?.[1] ?? 'a fault';
  return { type, reason: /"reason":"((?:[^"\\]|\\.){0,1000})/.exec(start)?.[1] ?? start };
}

/** What the receiver says of a fault repeats names of somebody else's. */
const told = (fault: z.infer<typeof faultSchema> | undefined, { redact }: Judging): string =>
  fault?.type === undefined ? '' : ` (${escapeControl(redact(`${fault.type}: ${fault.reason ?? ''}`), mostTold)})`;

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

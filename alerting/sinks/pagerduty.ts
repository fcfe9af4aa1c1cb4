import { exitCode, UserError } from '../../shared/errors.ts';
import { formerAlertEnd, type PagerdutyEvent, pagerdutyEvent } from '../formats/pagerduty.ts';
import { createHttpReceiver, type HttpAnswer, type HttpOptions, verdict } from './http.ts';
import { readSinkFile } from './read-file.ts';
import type { Delivery, Sink } from './sink.ts';

export interface PagerdutySinkOptions extends HttpOptions {
  readonly name: string;
  /** File with the integration key of a service. Read once, at the start. */
  readonly routingKeyFile: string;
  /** For Retry-After as a date, ms. */
  readonly clock: () => number;
}

/** Sends every incident update as an event of PagerDuty's Events API v2; one that opens an incident again as two, its alert and the end of the former one. */
export function createPagerdutySink({ name, routingKeyFile, clock, ...http }: PagerdutySinkOptions): Sink {
  const routingKey = readRoutingKey(routingKeyFile);
  const receiver = createHttpReceiver(http, [routingKey]);
  const headers = { 'content-type': 'application/json' };
  const post = async (event: PagerdutyEvent, signal: AbortSignal): Promise<Delivery> => {
    const body = JSON.stringify({ routing_key: routingKey, ...event });
    try {
      return judge(await receiver.exchange({ headers, body }, signal), clock());
    } catch (error) {
      return receiver.failed(error, signal);
    }
  };
  return {
    name,
    send: async (update, signal) => {
      // What calls somebody comes first; after a failure both are sent again, and are the same.
      const sent = await post(pagerdutyEvent(update), signal);
      const former = formerAlertEnd(update);
      return sent.kind !== 'delivered' || former === undefined ? sent : post(former, signal);
    },
    close: async () => receiver.close(),
  };
}

/** Taken is 202 alone. A 400 is about the event, or about the key: that is no fault of the message. */
function judge(answer: HttpAnswer, now: number): Delivery {
  const { status, body } = answer;
  if (status >= 200 && status < 300 && status !== 202)
    return { kind: 'retry', reason: `the receiver answered ${status}, which PagerDuty never does: check url` };
  if (status === 400 && /routing.?key|integration.?key/i.test(body))
    return { kind: 'retry', reason: 'PagerDuty does not know the key: check routingKeyFile' };
  return verdict(answer, { now, credentials: 'routingKeyFile' });
}

function readRoutingKey(path: string): string {
  const key = readSinkFile(path, 'routingKeyFile').trim();
  if (/^[A-Za-z0-9]{32}$/.test(key)) return key;
  throw new UserError(`${path}: not an integration key`, {
    fix: 'put the key of an integration with the Events API v2 there: 32 letters and digits',
    code: exitCode.config,
  });
}

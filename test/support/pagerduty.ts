import type { PagerdutyEvent } from '../../alerting/formats/pagerduty.ts';
import type { StubReceiver } from './stub-receiver.ts';

/** The integration key of a service. */
export const pagerdutyKey = 'R0123456789abcdef0123456789ABCDE';
export const pagerdutyRefusal =
  '{"status":"invalid event","message":"Event object is invalid","errors":["Length of \'summary\'"]}';

export const pagerdutyEventIn = (body: string) => JSON.parse(body) as PagerdutyEvent & { routing_key: string };

/** As the Events API v2 answers: 202 for a whole event with the key of a service, 400 for anything else. */
export const asPagerduty: StubReceiver['answer'] = ({ body }) => {
  const event = pagerdutyEventIn(body);
  const { summary, source } = event.payload;
  const isWhole = summary !== '' && summary.length <= 1_024 && source !== '' && event.dedup_key.length <= 255;
  if (event.routing_key !== pagerdutyKey) return { status: 400, body: '{"errors":["\'routing_key\' is unknown"]}' };
  return isWhole
    ? { status: 202, body: '{"status":"success","message":"Event processed"}' }
    : { status: 400, body: pagerdutyRefusal };
};

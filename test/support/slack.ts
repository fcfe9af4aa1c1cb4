import type { SlackMessage } from '../../alerting/formats/slack.ts';
import type { StubReceiver } from './stub-receiver.ts';

/** Path of the only incoming webhook. */
export const slackPath = '/services/T1/B1/s3cret';

/** As Slack answers. */
export const asSlack: StubReceiver['answer'] = ({ body, path }) => {
  const { text, attachments } = JSON.parse(body) as SlackMessage;
  if (path !== slackPath) return { status: 404, body: 'no_service' };
  return text === '' || text.length > 40_000 || attachments.length > 100
    ? { status: 400, body: 'invalid_payload' }
    : { status: 200, body: 'ok' };
};

/** The id of the update that a message is of. */
export const slackUpdateIn = (body: string): string =>
  (JSON.parse(body) as SlackMessage).attachments[0].footer.replace('Moorwatch ', '');

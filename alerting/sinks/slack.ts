import { isReadable } from '../../shared/config/sinks/unencrypted.ts';
import { exitCode, UserError } from '../../shared/errors.ts';
import { slackMessage } from '../formats/slack.ts';
import { createHttpReceiver, type HttpAnswer, type HttpOptions, verdict } from './http.ts';
import { readSinkFile } from './read-file.ts';
import type { Delivery, Sink } from './sink.ts';

export interface SlackSinkOptions extends Omit<HttpOptions, 'url'> {
  readonly name: string;
  /** File with the address of the incoming webhook, which is a secret. Read once, at the start. */
  readonly urlFile: string;
  /** The address may be one over http:// of another machine. */
  readonly allowUnencrypted?: boolean | undefined;
  /** For Retry-After as a date, ms. */
  readonly clock: () => number;
}

/** Posts every incident update to an incoming webhook of Slack, or of a chat that takes what Slack takes. */
export function createSlackSink({ name, urlFile, clock, allowUnencrypted, ...http }: SlackSinkOptions): Sink {
  const url = readAddress(urlFile);
  if (isReadable(url) && allowUnencrypted !== true)
    throw new UserError(`${urlFile}: the address is a secret, and not encrypted`, {
      fix: 'let it begin with https://, or set allowUnencrypted: true',
      code: exitCode.config,
    });
  const receiver = createHttpReceiver({ ...http, url }, [new URL(url).pathname.split('/').at(-1) ?? '']);
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return {
    name,
    send: async (update, signal) => {
      try {
        const body = JSON.stringify(slackMessage(update));
        return judge(await receiver.exchange({ headers, body }, signal), clock());
      } catch (error) {
        return receiver.failed(error, signal);
      }
    },
    close: async () => receiver.close(),
  };
}

/** What Slack calls a webhook or a channel that is not as it should be. The message waits until somebody has mended it. */
const mistakes = new Set([
  'action_prohibited',
  'channel_is_archived',
  'channel_not_found',
  'invalid_token',
  'no_active_hooks',
  'no_service',
  'no_service_id',
  'no_team',
  'posting_to_general_channel_denied',
  'team_disabled',
  'user_not_found',
]);

function judge(answer: HttpAnswer, now: number): Delivery {
  const { status } = answer;
  const body = answer.body.trim();
  const word = /^[a-z_]{3,60}$/.test(body) ? ` ${body}` : '';
  if (mistakes.has(body) || status === 404 || status === 410)
    return {
      kind: 'retry',
      reason: `the receiver answered ${status}${word}: check urlFile, the webhook and its channel`,
    };
  if (status < 300 && /^\{.*"(?:success|ok)" ?: ?false/s.test(body))
    return { kind: 'refused', reason: `the receiver answered ${status}, and that it failed` };
  const delivery = verdict(answer, { now, credentials: 'urlFile' });
  return delivery.kind === 'refused' ? { ...delivery, reason: `${delivery.reason}${word}` } : delivery;
}

function readAddress(path: string): string {
  const text = readSinkFile(path, 'urlFile').trim();
  if (/^https?:\/\/\S+$/i.test(text) && URL.canParse(text)) return text;
  throw new UserError(`${path}: not an address`, {
    fix: 'put the address of the incoming webhook there: https://hooks.slack.com/services/…',
    code: exitCode.config,
  });
}

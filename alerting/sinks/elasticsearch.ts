import { exitCode, UserError } from '../../shared/errors.ts';
import { ecsDocument } from '../formats/ecs.ts';
import { judgeBulk } from './elasticsearch-answer.ts';
import { createGatheringSink } from './gather.ts';
import { createHttpReceiver, type HttpOptions } from './http.ts';
import { readSinkFile } from './read-file.ts';
import type { Sink } from './sink.ts';

export interface ElasticsearchSinkOptions extends HttpOptions {
  readonly name: string;
  /** Name of a data stream or an index. */
  readonly dataStream: string;
  readonly user?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** File with an API key, encoded as Elasticsearch gives it. */
  readonly apiKeyFile?: string | undefined;
  /** Of Moorwatch. */
  readonly version: string;
  /** For Retry-After as a date, ms. */
  readonly clock: () => number;
}

/** Of one request. Every receiver takes more: 100 MiB unless it is told otherwise. */
const mostBytes = 1_048_576;

/**
 * Puts every incident update into Elasticsearch or OpenSearch as a document of ECS, under its idempotency id: one that is there already counts as
 * delivered.
 * @throws UserError when a file cannot be read or holds no credentials
 */
export function createElasticsearchSink(options: ElasticsearchSinkOptions): Sink {
  const { name, dataStream, version, clock } = options;
  const { credentials, authorization, secrets } = credentialsOf(options);
  const receiver = createHttpReceiver({ ...options, url: withFilter(options.url) }, secrets);
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(authorization !== undefined && { authorization }),
  };
  return createGatheringSink({
    name,
    maxBytes: mostBytes,
    body: (update) => `${action(update.id)}\n${JSON.stringify(ecsDocument(update, { version }))}\n`,
    post: async (messages, signal) => {
      const body = messages.map((message) => message.body).join('');
      try {
        const answer = await receiver.exchange(
          { path: `${encodeURIComponent(dataStream)}/_bulk`, headers, body },
          signal,
        );
        return judgeBulk(answer, messages, { credentials, now: clock(), redact: receiver.redact });
      } catch (error) {
        return receiver.failed(error, signal);
      }
    },
    close: () => receiver.close(),
  });
}

const action = (id: string): string => JSON.stringify({ create: { _id: id } });

/** Only what is read of an answer: less than a kilobyte for each message. */
function withFilter(address: string): string {
  const url = new URL(address);
  url.searchParams.set('filter_path', 'errors,error,items.*.status,items.*.error.type,items.*.error.reason');
  return url.href;
}

function credentialsOf({ user, passwordFile, apiKeyFile }: ElasticsearchSinkOptions): {
  readonly credentials: string;
  readonly authorization?: string;
  readonly secrets: readonly string[];
} {
  if (apiKeyFile !== undefined) {
    const key = readSinkFile(apiKeyFile, 'apiKeyFile').trim();
    if (!/^[A-Za-z0-9+/_-]+=*$/.test(key)) throw badKey(apiKeyFile);
    return { credentials: 'apiKeyFile', authorization: `ApiKey ${key}`, secrets: [key] };
  }
  if (user === undefined || passwordFile === undefined)
    return { credentials: 'apiKeyFile or passwordFile', secrets: [] };
  const password = readSinkFile(passwordFile, 'passwordFile').replace(/\r?\n$/, '');
  const login = Buffer.from(`${user}:${password}`).toString('base64');
  return { credentials: 'passwordFile', authorization: `Basic ${login}`, secrets: [login, password] };
}

const badKey = (path: string): UserError =>
  new UserError(`${path}: not an API key`, {
    fix: 'put the key there as Elasticsearch gives it under `encoded`: one line of Base64',
    code: exitCode.config,
  });

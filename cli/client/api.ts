import { readFileSync } from 'node:fs';
import { exitCode, messageOf, UnavailableError, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { type CliContext, configOf, stateOf } from '../context.ts';
import { readRunning } from '../processes/running.ts';
import { type ServerEvent, serverEvents } from './sse.ts';

/** The local API of a running Moorwatch (`up` or `alerting`). */
export interface Api {
  readonly url: string;
  /** The body of a GET. @throws UserError (69 nobody there, 77 refused) */
  get(path: string): Promise<unknown>;
  /** Events of an SSE endpoint until it ends or the signal aborts. */
  events(path: string, signal: AbortSignal): AsyncIterable<ServerEvent>;
  /** Lines of an NDJSON endpoint until it ends or the signal aborts. */
  lines(path: string, signal: AbortSignal): AsyncIterable<string>;
}

/** Finds the running Moorwatch of this state directory and its token. @throws UserError (69, 77, 78) */
export function connectApi(context: CliContext): Api {
  const loaded = configOf(context);
  const files = stateOf(context, loaded);
  const running = readRunning(files.directory);
  const { host, port } = loaded.config.feed;
  const url =
    context.flags.port === undefined && running !== undefined ? running.url : `http://${bracketed(host)}:${port}`;
  return createApi(url, readToken(files.token));
}

export function createApi(url: string, token: string): Api {
  const request = async (path: string, signal?: AbortSignal): Promise<Response> => {
    const init = { headers: { authorization: `Bearer ${token}` }, ...(signal === undefined ? {} : { signal }) };
    const response = await fetch(new URL(path, url), init).catch((error: unknown) => {
      throw signal?.aborted === true ? error : nobodyThere(url, error);
    });
    if (!response.ok) throw await refusal(response, url);
    return response;
  };
  async function* chunks(path: string, signal: AbortSignal): AsyncGenerator<string> {
    try {
      const { body } = await request(path, signal);
      if (body !== null) yield* body.pipeThrough(new TextDecoderStream());
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof UserError ? error : new UnavailableError(`the feed at ${url} ended: ${messageOf(error)}`);
    }
    if (!signal.aborted) throw new UnavailableError(`the feed at ${url} ended`);
  }
  return {
    url,
    get: async (path) => (await request(path)).json(),
    events: (path, signal) => serverEvents(chunks(path, signal)),
    lines: (path, signal) => linesOf(chunks(path, signal)),
  };
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM')
      throw new UserError(`the token ${file} may not be read by you`, {
        fix: 'run this as the user that runs Moorwatch, or as root',
        code: exitCode.permission,
        cause: error,
      });
    throw new UserError(`no Moorwatch has run with the state directory of this configuration (no token at ${file})`, {
      fix: 'start it with `moorwatch up`, or name its state directory with --state-dir',
      code: exitCode.unavailable,
      cause: error,
    });
  }
}

function nobodyThere(url: string, error: unknown): UserError {
  const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
  return new UserError(`no Moorwatch answers at ${url} (${escapeControl(cause, 200)})`, {
    fix: 'start it with `moorwatch up`, or name its port with --port',
    code: exitCode.unavailable,
    cause: error,
  });
}

async function refusal(response: Response, url: string): Promise<UserError> {
  const text = escapeControl((await response.text()).slice(0, 500), 300);
  if (response.status === 401 || response.status === 403)
    return new UserError(`the Moorwatch at ${url} refused the token (${response.status})`, {
      fix: 'the state directory is of another Moorwatch: name the right one with --state-dir',
      code: exitCode.permission,
    });
  return new UserError(`the Moorwatch at ${url} answered ${response.status}: ${text}`, {
    fix: 'compare `moorwatch version` with what runs there, and look at its log',
  });
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { exitCode, messageOf, UnavailableError, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { secretRefusal } from '../../shared/secret-file.ts';
import { type CliContext, configOf, stateOf } from '../context.ts';
import { readRunning } from '../processes/running.ts';
import { type ServerEvent, serverEvents } from './sse.ts';

/** The local API of a running Moorwatch (`up` or `alerting`). */
export interface Api {
  readonly url: string;
  /** The body of a GET. @throws UserError (69 nobody there, 77 refused) */
  get(path: string): Promise<unknown>;
  /** The body of the answer to a POST of JSON. @throws UserError (69 nobody there, 77 refused) */
  post(path: string, body: unknown): Promise<unknown>;
  /** Events of an SSE endpoint until it ends or the signal aborts; `opened` when the first byte comes. @throws UnavailableError when it ends */
  events(path: string, signal: AbortSignal, opened?: () => void): AsyncIterable<ServerEvent>;
  /** Lines of an NDJSON endpoint until it ends or the signal aborts. */
  lines(path: string, signal: AbortSignal, opened?: () => void): AsyncIterable<string>;
}

/** The API knows nothing of that name; any other failure says nothing about it. */
export class NotFoundError extends UserError {}

/** Finds the running Moorwatch of this state directory and its token. @throws UserError (69, 77, 78) */
export function connectApi(context: CliContext): Api {
  const loaded = configOf(context);
  const files = stateOf(context, loaded);
  const running = readRunning(files.directory);
  const { host, port } = loaded.config.feed;
  const url =
    context.flags.port === undefined && running !== undefined ? running.url : `http://${bracketed(host)}:${port}`;
  return createApi(url, { token: readToken(files.token), file: files.token });
}

/** The token and the file that it was read from, to be named when it is refused. */
export interface TokenOfFile {
  readonly token: string;
  readonly file: string;
}

export function createApi(url: string, { token, file }: TokenOfFile): Api {
  const request = async (path: string, signal?: AbortSignal, more: RequestInit = {}): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { headers, ...more, ...(signal === undefined ? {} : { signal }) };
    const response = await fetch(new URL(path, url), init).catch((error: unknown) => {
      throw signal?.aborted === true ? error : nobodyThere(url, error);
    });
    if (!response.ok) throw await refusal(response, { url, file });
    return response;
  };
  async function* chunks(path: string, signal: AbortSignal, opened = (): void => undefined): AsyncGenerator<string> {
    try {
      const { body } = await request(path, signal);
      opened();
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
    post: async (path, body) => (await request(path, undefined, { method: 'POST', body: JSON.stringify(body) })).json(),
    events: (path, signal, opened) => serverEvents(chunks(path, signal, opened)),
    lines: (path, signal, opened) => linesOf(chunks(path, signal, opened)),
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
  let secret: number;
  try {
    secret = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM')
      throw new UserError(`the token ${file} may not be read by you`, {
        fix: 'run this as the user that runs Moorwatch, or as root',
        code: exitCode.permission,
        cause: error,
      });
    if (code === 'ELOOP')
      throw new UserError(`the token ${file} is a symbolic link, which may lead to anybody's file`, {
        fix: 'name the file itself in feed.tokenFile',
        code: exitCode.permission,
        cause: error,
      });
    throw new UserError(`no Moorwatch has run with the state directory of this configuration (no token at ${file})`, {
      fix: 'start it with `moorwatch up`, or name its state directory with --state-dir',
      code: exitCode.unavailable,
      cause: error,
    });
  }
  try {
    const refusal = secretRefusal(file, fstatSync(secret));
    if (refusal !== undefined) throw refusal;
    return readFileSync(secret, 'utf8').trim();
  } finally {
    closeSync(secret);
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

const codes: Readonly<Record<number, number>> = { 403: exitCode.permission, 503: exitCode.unavailable };

const problemSchema = z.object({ error: z.object({ message: z.string(), fix: z.string() }) });

/** The feed says itself what is wrong and what to do; what does not is no Moorwatch of this version. */
async function refusal(response: Response, { url, file }: { url: string; file: string }): Promise<UserError> {
  const body = (await response.text()).slice(0, 4_000);
  const told = problemOf(body);
  if (response.status === 401 || (response.status === 403 && told === undefined))
    return new UserError(`the Moorwatch at ${url} refused the token of ${file} (${response.status})`, {
      fix: 'it is the token of another Moorwatch: name the right state directory with --state-dir, or the right feed.tokenFile',
      code: exitCode.permission,
    });
  if (told !== undefined) {
    const Refusal = response.status === 404 ? NotFoundError : UserError;
    return new Refusal(escapeControl(told.message, 1_000), {
      fix: escapeControl(told.fix, 1_000),
      code: codes[response.status] ?? exitCode.failure,
    });
  }
  const text = escapeControl(body.slice(0, 500), 300);
  return new UserError(`the Moorwatch at ${url} answered ${response.status}: ${text}`, {
    fix: 'compare `moorwatch version` with what runs there, and look at its log',
  });
}

function problemOf(body: string): { message: string; fix: string } | undefined {
  try {
    return problemSchema.parse(JSON.parse(body)).error;
  } catch {
    return undefined;
  }
}

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

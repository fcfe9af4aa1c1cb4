import WebSocket from 'ws';
import { eventually } from './eventually.ts';

/** A message of the feed, as far as tests look into it. */
export interface FeedMessage {
  readonly type: string;
  readonly cursor?: string;
  readonly sub?: string;
  readonly seq?: number;
  readonly code?: string;
  readonly reason?: string;
  readonly from?: string;
  readonly to?: string;
  readonly dropped?: number;
  /** Of a frame with several. */
  readonly events?: readonly {
    readonly seq: number;
    readonly cursor: string;
    readonly data: { readonly id: string };
  }[];
  readonly data?: {
    readonly id: string;
    readonly change: string;
    readonly incident: { readonly id: string; readonly title: string };
  };
}

export interface FeedClient {
  readonly socket: WebSocket;
  /** Everything that came, with the time of `performance.now()`. */
  readonly got: readonly { readonly message: FeedMessage; readonly at: number }[];
  /** Waits for a message, also one that came already. */
  want(accept: (message: FeedMessage) => boolean): Promise<{ readonly message: FeedMessage; readonly at: number }>;
  say(message: object | string): void;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
}

/** A client of the WebSocket feed. `headers` without a token make one that is not let in. */
export function connectFeed(
  url: string,
  options: { headers?: Record<string, string>; protocol?: string; path?: string } = {},
): FeedClient {
  const { headers = {}, protocol = 'moorwatch.v1', path = '/ws' } = options;
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, protocol, { headers });
  const got: { message: FeedMessage; at: number }[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    got.push({
      message: JSON.parse(Buffer.isBuffer(data) ? data.toString() : '') as FeedMessage,
      at: performance.now(),
    });
    for (const look of waiting) look();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const want: FeedClient['want'] = async (accept) => {
    const find = () => got.find(({ message }) => accept(message));
    const come = new Promise<void>((resolve) => {
      const look = (): void => {
        if (find() === undefined) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
    const explain = () =>
      `it did not come among ${got.length}; got ${JSON.stringify(got.map(({ message }) => message)).slice(0, 2_000)}`;
    return await Promise.race([come.then(find), eventually(find, explain, 5_000)]).then(
      (found) => found ?? eventually(find, explain, 0),
    );
  };
  const say = (message: object | string): void =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  return { socket, got, want, say, closed };
}

/** The status with which an upgrade is refused. */
export function refusedWith(client: FeedClient): Promise<number> {
  return new Promise((resolve, reject) => {
    client.socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      client.socket.terminate();
    });
    client.socket.on('open', () => reject(new Error('it was let in')));
  });
}

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
interface StubRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What was answered. */
  readonly status: number;
}

/** A receiver over HTTP that keeps what it gets and answers as it is told. */
export interface StubReceiver {
  readonly url: string;
  readonly requests: StubRequest[];
  /** undefined: it never answers. */
  answer: Answer | ((request: Omit<StubRequest, 'status'>) => Answer) | undefined;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function startStubReceiver(answer: StubReceiver['answer']): Promise<StubReceiver> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = {
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      };
      const given = typeof receiver.answer === 'function' ? receiver.answer(request) : receiver.answer;
      if (given === undefined) return;
      receiver.requests.push({ ...request, status: given.status });
      response.writeHead(given.status, given.headers).end(given.body);
    });
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const receiver: StubReceiver = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    answer,
    goAway: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
    comeBack: async () => {
      if (!server.listening) await listen(port);
    },
  };
  return receiver;
}

import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Endpoint } from '../../collector/engine/endpoint.ts';

export interface EngineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Bodies are only looked at for a word of the engine. */
const maxBody = 64 * 1024;

/** One GET, without the engine client: the doctor wants the bare answer of whatever sits there, proxy or engine. */
export function engineGet(endpoint: Endpoint, path: string, timeoutMs = 3_000): Promise<EngineAnswer> {
  const options = { path, headers: { host: 'docker' }, timeout: timeoutMs };
  return new Promise((resolve, reject) => {
    const call = open(endpoint, options);
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on('error', reject);
    call.on('response', (response) => void collect(response).then(resolve, reject));
    call.end();
  });
}

function open(endpoint: Endpoint, options: RequestOptions) {
  if (endpoint.kind === 'socket') return httpRequest({ ...options, socketPath: endpoint.path });
  const { host, port, tls } = endpoint;
  return tls === undefined ? httpRequest({ ...options, host, port }) : httpsRequest({ ...options, host, port, ...tls });
}

function collect(response: IncomingMessage): Promise<EngineAnswer> {
  return new Promise((resolve, reject) => {
    let body = '';
    response.setEncoding('utf8');
    const done = (): void =>
      resolve({
        status: response.statusCode ?? 0,
        headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, String(value)])),
        body,
      });
    response.on('data', (text: string) => {
      body += text;
      if (body.length <= maxBody) return;
      response.destroy();
      done();
    });
    response.on('end', done);
    response.on('error', reject);
  });
}

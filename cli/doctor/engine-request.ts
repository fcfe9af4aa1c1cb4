import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';

/** Where an engine is, in the words of `docker`: unix:///path, tcp://host:port, with TLS when certificates are given. */
export interface EngineAddress {
  readonly address: string;
  readonly certPath?: string | undefined;
}

export interface EngineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Bodies are only looked at for a word of the engine. */
const maxBody = 64 * 1024;

/** One GET, without the engine client: the doctor wants the bare answer of whatever sits there, proxy or engine. */
export function engineGet(
  { address, certPath }: EngineAddress,
  path: string,
  timeoutMs = 3_000,
): Promise<EngineAnswer> {
  const url = new URL(address);
  const unix = url.protocol === 'unix:';
  const target = unix
    ? { socketPath: decodeURIComponent(url.pathname), path }
    : { host: url.hostname, port: url.port === '' ? 2375 : Number(url.port), path };
  const headers = { host: 'docker' };
  return new Promise((resolve, reject) => {
    const secure = certPath !== undefined || url.protocol === 'https:';
    const options = { ...target, headers, timeout: timeoutMs };
    const call = secure ? httpsRequest({ ...options, ...certificates(certPath) }) : httpRequest(options);
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    call.on('error', reject);
    call.on('response', (response) => collect(response).then(resolve, reject));
    call.end();
  });
}

function certificates(certPath: string | undefined): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  if (certPath === undefined) return {};
  const read = (name: string): Buffer => readFileSync(join(certPath, name));
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
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

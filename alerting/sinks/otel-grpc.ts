import type { Client, ServiceError } from '@grpc/grpc-js';
import { exitCode, UserError } from '../../shared/errors.ts';
import { checkTls, redactor } from './http.ts';
import { grpcVerdict } from './otel-grpc-verdict.ts';
import type { OtlpAnswer, OtlpTransport, OtlpTransportOptions } from './otel-transport.ts';
import { readPems } from './read-file.ts';
import type { Failure } from './sink.ts';

/** gRPC is loaded by who uses it. */
export const loadGrpc = () => import('@grpc/grpc-js');
type Grpc = Awaited<ReturnType<typeof loadGrpc>>;

const method = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const deadlineExceeded = 4;
const stopped: Failure = { kind: 'retry', reason: 'stopped' };

/** OTLP over gRPC (OTLP 1.x, "OTLP/gRPC"), straight to the receiver: through no proxy, whatever the environment says. @throws UserError */
export function createGrpcTransport(options: OtlpTransportOptions): OtlpTransport {
  const { headers, timeoutMs } = options;
  const url = new URL(options.url);
  const isSecure = url.protocol === 'https:';
  checkTls(options, isSecure);
  checkHeaders(headers);
  const pems = readPems(options);
  const target = `${url.hostname}:${url.port || (isSecure ? '443' : '80')}`;
  const redact = redactor(url, Object.values(headers));
  let client: Client | undefined;
  let isClosed = false;

  const connect = (grpc: Grpc): Client =>
    new grpc.Client(target, credentialsOf(grpc, pems, isSecure), {
      'grpc.primary_user_agent': 'moorwatch',
      'grpc.default_compression_algorithm': options.compression === 'gzip' ? 2 : 0,
      'grpc.enable_http_proxy': 0,
      // Who tries again, and when, is decided in one place: deliver.ts.
      'grpc.enable_retries': 0,
      'grpc.max_reconnect_backoff_ms': 5_000,
      'grpc.max_receive_message_length': 65_536,
      // A connection that has died is not to be found again by the next client.
      'grpc.use_local_subchannel_pool': 1,
    });

  const exchange = (grpc: Grpc, message: Uint8Array, signal: AbortSignal): Promise<OtlpAnswer> => {
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    client ??= connect(grpc);
    const used = client;
    return new Promise((resolve) => {
      const failed = ({ code, details }: ServiceError): Failure => {
        if (code === deadlineExceeded && client === used) {
          used.close();
          client = undefined;
        }
        const verdict = signal.aborted ? stopped : grpcVerdict(code, details, timeoutMs);
        return { ...verdict, reason: redact(verdict.reason) };
      };
      const done = (error: ServiceError | null, body?: Buffer): void => {
        signal.removeEventListener('abort', stop);
        resolve(error === null ? { kind: 'taken', body: body ?? Buffer.alloc(0) } : failed(error));
      };
      const call = used.makeUnaryRequest(method, asBuffer, same, message, metadata, deadlineIn(timeoutMs), done);
      const stop = (): void => call.cancel();
      signal.addEventListener('abort', stop, { once: true });
    });
  };

  return {
    send: async (message, signal) => {
      const grpc = await loadGrpc();
      return signal.aborted || isClosed ? stopped : exchange(grpc, message, signal);
    },
    redact,
    close: () => {
      isClosed = true;
      client?.close();
    },
  };
}

const asBuffer = (message: Uint8Array): Buffer => Buffer.from(message);
const same = (answer: Buffer): Buffer => answer;
const deadlineIn = (ms: number): { deadline: number } => ({ deadline: Date.now() + ms });

function credentialsOf({ credentials }: Grpc, pems: ReturnType<typeof readPems>, isSecure: boolean) {
  if (!isSecure) return credentials.createInsecure();
  const bytes = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(bytes(pems.ca), bytes(pems.key), bytes(pems.cert));
}

/** gRPC's metadata hold less than a header of HTTP. @throws UserError */
function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers))
    if (!/^[0-9a-z_.-]+$/.test(name) || name.endsWith('-bin') || !/^[\x20-\x7e]*$/.test(value))
      throw new UserError(`the header ${name} cannot be sent over gRPC`, {
        fix: 'letters, digits, _ . and - in a name that does not end in -bin, and ASCII in the value; or take protocol http/protobuf',
        code: exitCode.config,
      });
}

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { connectionReason } from './connection-reason.ts';
import { createHttpReceiver, verdict } from './http.ts';
import { jsonStatus, protobufStatus } from './otel-status.ts';
import type { OtlpTransport, OtlpTransportOptions } from './otel-transport.ts';

/** OTLP over HTTP (OTLP 1.x, "OTLP/HTTP"). @throws UserError */
export function createHttpTransport(options: OtlpTransportOptions): OtlpTransport {
  const { protocol, path, compression, headers, clock } = options;
  const receiver = createHttpReceiver(options, Object.values(headers));
  const contentType = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
  const head = {
    ...headers,
    'content-type': contentType,
    ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
  };
  return {
    send: async (message, signal) => {
      try {
        const body = compression === 'gzip' ? await promisify(gzip)(message) : Buffer.from(message);
        const answer = await receiver.exchange({ ...(path !== undefined && { path }), headers: head, body }, signal);
        const judged = verdict(answer, { now: clock(), credentials: 'headersFile' });
        const bytes = answer.bytes ?? Buffer.alloc(0);
        if (judged.kind === 'delivered') return { kind: 'taken', body: bytes };
        const said = protocol === 'http/json' ? jsonStatus(answer.body) : protobufStatus(bytes);
        return said === undefined ? judged : { ...judged, reason: receiver.redact(`${judged.reason} (${said})`) };
      } catch (error) {
        if (signal.aborted) return receiver.failed(error, signal);
        const keys = { host: 'the host in url', address: 'url', isOnlyName: true };
        return { kind: 'retry', reason: receiver.redact(connectionReason(error, keys)) };
      }
    },
    redact: receiver.redact,
    close: () => receiver.close(),
  };
}

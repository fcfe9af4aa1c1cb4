import { exitCode, UserError } from '../../shared/errors.ts';
import { incidentLogRecord } from '../formats/otel.ts';
import { readHeaders } from './headers-file.ts';
import { createGrpcTransport, loadGrpc } from './otel-grpc.ts';
import { createHttpTransport } from './otel-http.ts';
import type { OtelSinkOptions } from './otel-transport.ts';
import type { Sink } from './sink.ts';

/** OpenTelemetry's encoding is loaded by who uses it: it takes half a second and some 15 MB. */
const loadEncoding = () => import('./otel-encoding.ts');

/** Loads what this sink would load with its first message: for a process that cannot read its code any more by then. */
export async function loadOtelSink(): Promise<void> {
  await Promise.all([loadEncoding(), loadGrpc()]);
}

/**
 * Incidents as OpenTelemetry log records over OTLP, one a request, so that the receiver's answer is about that one.
 * @throws UserError when the address, certificates or headers cannot be used
 */
export function createOtelSink(options: OtelSinkOptions): Sink {
  const { name, protocol, resource, version, clock } = options;
  if (!URL.canParse(options.url) || !/^https?:$/.test(new URL(options.url).protocol))
    throw new UserError('the address of the OpenTelemetry receiver cannot be read', {
      fix: 'begin it with https:// or http://, as in https://collector.example:4318',
      code: exitCode.config,
    });
  const ofFile = options.headersFile === undefined ? {} : readHeaders(options.headersFile);
  const all = { ...options, headers: { ...options.headers, ...ofFile } };
  const transport = protocol === 'grpc' ? createGrpcTransport(all) : createHttpTransport(all);
  return {
    name,
    send: async (update, signal) => {
      const { createEncoding } = await loadEncoding();
      const encoding = createEncoding({ protocol, resource, version });
      const answer = await transport.send(encoding.encode(incidentLogRecord(update), clock()), signal);
      if (answer.kind !== 'taken') return answer;
      const rejected = encoding.rejection(answer.body);
      if (rejected === undefined) return { kind: 'delivered' };
      return {
        kind: 'refused',
        reason: transport.redact(`the receiver rejected it: ${rejected || 'no reason given'}`),
      };
    },
    close: async () => transport.close(),
  };
}

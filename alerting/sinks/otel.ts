import type { Context, DiagAPI, DiagLogLevel } from '@opentelemetry/api';
import type { Logger } from '@opentelemetry/api-logs';
import type { logs as sdk } from '@opentelemetry/sdk-node';
import { messageOf } from '../../shared/errors.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { parseTraceparent } from '../../shared/trace-context.ts';
import { type IncidentLogRecord, incidentLogRecord } from '../formats/otel.ts';
import type { Delivery, Sink } from './sink.ts';

export interface OtelSinkOptions {
  /** `grpc`, `http/protobuf` or `http/json`; the address, headers and certificates are read by the exporter from OTEL_EXPORTER_OTLP_*. */
  readonly protocol: string;
  /** Resource attributes: `service.name` … */
  readonly resource: Readonly<Record<string, string>>;
  readonly version: string;
}

/**
 * Incidents as OpenTelemetry log records over OTLP. Each message is handed to the exporter by itself and its own result decides: a batch
 * processor's `forceFlush` resolves even when the receiver answered 4xx, and what it dropped would be counted as delivered.
 */
export async function createOtelSink(options: OtelSinkOptions): Promise<Sink> {
  const { api, logs, resources } = await import('@opentelemetry/sdk-node');
  const exporter = await createExporter(options.protocol);
  const emitted: sdk.ReadableLogRecord[] = [];
  const partial = watchPartialSuccess(api.diag, api.DiagLogLevel.WARN);
  const provider = new logs.LoggerProvider({
    resource: resources.resourceFromAttributes({ ...options.resource }),
    processors: [
      {
        onEmit: (record) => void emitted.push(record),
        enabled: () => true,
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  const logger = provider.getLogger('moorwatch', options.version);
  const contextOf = (traceparent: string | undefined): Context => {
    const parsed = parseTraceparent(traceparent);
    return parsed === undefined ? api.ROOT_CONTEXT : api.trace.setSpanContext(api.ROOT_CONTEXT, parsed);
  };

  const sendOne = async (update: IncidentUpdate): Promise<Delivery> => {
    const record = incidentLogRecord(update);
    emit(logger, record, contextOf(record.traceparent));
    partial.reset();
    const delivery = await exportAll(exporter, emitted.splice(0));
    const rejected = partial.seen();
    return delivery.kind === 'delivered' && rejected !== undefined ? { kind: 'refused', reason: rejected } : delivery;
  };
  /** One after the other: partitions share the place where a receiver's word about a message is found. */
  let queue: Promise<unknown> = Promise.resolve();

  return {
    name: 'otel',
    send: (update, signal) => {
      const mine = queue.then(() => (signal.aborted ? stopped : sendOne(update)));
      queue = mine.catch(() => undefined);
      return orStopped(mine, signal);
    },
    close: () => exporter.shutdown(),
  };
}

const stopped: Delivery = { kind: 'retry', reason: 'stopped' };

/** The exporter cannot be stopped; who stops does not wait for it. */
function orStopped(work: Promise<Delivery>, signal: AbortSignal): Promise<Delivery> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(stopped);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function emit(logger: Logger, record: IncidentLogRecord, context: Context): void {
  const { eventName, timestamp, severityNumber, severityText, body, attributes } = record;
  logger.emit({ eventName, timestamp, severityNumber, severityText, body, attributes: { ...attributes }, context });
}

function exportAll(exporter: sdk.LogRecordExporter, records: sdk.ReadableLogRecord[]): Promise<Delivery> {
  return new Promise((resolve) => {
    exporter.export(records, (result) => {
      if (result.code === 0) resolve({ kind: 'delivered' });
      else resolve(failure(result.error));
    });
  });
}

/**
 * HTTP statuses (and gRPC's INVALID_ARGUMENT) that say that this message itself is wrong. 401, 403 and 404 are the configuration's
 * fault: nothing is thrown away for them.
 */
const refusing = new Set([400, 413, 422, 3]);

function failure(error: Error | undefined): Delivery {
  const found: unknown = error !== undefined && 'code' in error ? error.code : undefined;
  const code = typeof found === 'number' || typeof found === 'string' ? found : undefined;
  const reason = `${error === undefined ? 'export failed' : messageOf(error)}${code === undefined ? '' : ` (${code})`}`;
  return typeof code === 'number' && refusing.has(code) ? { kind: 'refused', reason } : { kind: 'retry', reason };
}

/**
 * A receiver may answer 200 and say in the body that it rejected the record (OTLP 1.9, partial success). The exporter calls that a success
 * and tells only the API's diagnostic logger; messages are sent one at a time, so what was told since `reset` is about the last one.
 */
function watchPartialSuccess(diag: DiagAPI, level: DiagLogLevel): { reset(): void; seen(): string | undefined } {
  let told: string | undefined;
  const ignore = (): void => undefined;
  const warn = (message: string, ...details: unknown[]): void => {
    const text = details.map(String).join(' ');
    if (message.includes('Partial Success') && /"rejectedLogRecords":"?[1-9]/.test(text)) told = `rejected: ${text}`;
  };
  const logger = { error: ignore, warn, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: level, suppressOverrideMessage: true });
  return {
    reset: () => {
      told = undefined;
    },
    seen: () => told,
  };
}

async function createExporter(protocol: string): Promise<sdk.LogRecordExporter> {
  if (protocol === 'grpc') return new (await import('@opentelemetry/exporter-logs-otlp-grpc')).OTLPLogExporter();
  if (protocol === 'http/json') return new (await import('@opentelemetry/exporter-logs-otlp-http')).OTLPLogExporter();
  return new (await import('@opentelemetry/exporter-logs-otlp-proto')).OTLPLogExporter();
}

import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { clip } from '../../shared/clip.ts';
import { parseTraceparent } from '../../shared/trace-context.ts';
import type { IncidentLogRecord } from '../formats/otel.ts';
import type { OtlpProtocol } from './otel-transport.ts';

export interface EncodingOptions {
  readonly protocol: OtlpProtocol;
  readonly resource: Readonly<Record<string, string>>;
  /** Of Moorwatch, the instrumentation scope. */
  readonly version: string;
}

export interface Encoding {
  /**
   * An ExportLogsServiceRequest (OTLP 1.x) with one record.
   * @param observedAt when it is sent, ms since the epoch
   */
  encode(record: IncidentLogRecord, observedAt: number): Uint8Array;
  /** Why a receiver that took the request rejected the record in it (partial success); '' without a reason, undefined: it did not. */
  rejection(answer: Uint8Array): string | undefined;
}

export function createEncoding({ protocol, resource, version }: EncodingOptions): Encoding {
  const serializer = protocol === 'http/json' ? JsonLogsSerializer : ProtobufLogsSerializer;
  const of = {
    resource: resourceFromAttributes({ ...resource }),
    instrumentationScope: { name: 'moorwatch', version },
  };
  return {
    encode: ({ timestamp, traceparent, attributes, ...record }, observedAt) => {
      const spanContext = parseTraceparent(traceparent);
      const message = serializer.serializeRequest([
        {
          ...record,
          ...of,
          hrTime: hrTime(timestamp),
          hrTimeObserved: hrTime(observedAt),
          attributes: { ...attributes },
          droppedAttributesCount: 0,
          ...(spanContext !== undefined && { spanContext }),
        },
      ]);
      if (message === undefined) throw new Error('the log record cannot be encoded');
      return message;
    },
    rejection: (answer) => {
      // Who answered that it was taken and put something else into the body has taken it.
      try {
        const { partialSuccess } = serializer.deserializeResponse(answer);
        // In JSON a 64-bit number is a text.
        if (Number(partialSuccess?.rejectedLogRecords ?? 0) === 0) return undefined;
        return clip(String(partialSuccess?.errorMessage ?? ''), 500);
      } catch {
        return undefined;
      }
    },
  };
}

/** The last millisecond whose nanoseconds an unsigned number of 64 bits holds. */
const lastMs = 18_446_744_073_709;

/** Seconds and nanoseconds. What OTLP has no number for is 0, which it reads as unknown. */
function hrTime(ms: number): [number, number] {
  const known = ms >= 0 && ms < lastMs ? ms : 0;
  return [Math.floor(known / 1_000), Math.round((known % 1_000) * 1e6)];
}

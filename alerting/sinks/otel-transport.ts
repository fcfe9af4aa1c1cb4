import type { HttpOptions } from './http.ts';
import type { Failure } from './sink.ts';

export type OtlpProtocol = 'grpc' | 'http/protobuf' | 'http/json';

export interface OtelSinkOptions extends HttpOptions {
  readonly name: string;
  readonly protocol: OtlpProtocol;
  /** Over HTTP, below the address. */
  readonly path?: string;
  readonly compression: 'gzip' | 'none';
  /** File with one `Name: value` a line. Read once, at the start. */
  readonly headersFile?: string | undefined;
  /** What else is sent with each message; lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Resource attributes: `service.name` … */
  readonly resource: Readonly<Record<string, string>>;
  /** Of Moorwatch. */
  readonly version: string;
  readonly clock: () => number;
}

/** What a receiver made of an encoded message: it took it and answered this, or the delivery failed. */
export type OtlpAnswer = { readonly kind: 'taken'; readonly body: Uint8Array } | Failure;

export interface OtlpTransport {
  send(message: Uint8Array, signal: AbortSignal): Promise<OtlpAnswer>;
  /** Without what no message may repeat. */
  redact(text: string): string;
  close(): void;
}

/** What the transports are made from. */
export interface OtlpTransportOptions extends Omit<OtelSinkOptions, 'headers'> {
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * W3C trace context (https://www.w3.org/TR/trace-context/, version 00): one observation, one trace, from the engine's event to the
 * delivered incident. The trace id is the observation's id; the parent of everything is the span that observed it.
 */
export const traceparentHeader = 'traceparent';

/** The span of the observation itself: every later span of its trace names it as parent without having seen it. */
export const rootSpanId = (traceId: string): string => traceId.slice(0, 16);

/** @param observationId 32 hex digits */
export const traceparentOf = (observationId: string): string => `00-${observationId}-${rootSpanId(observationId)}-01`;

export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Undefined when there is none, or it cannot be read. */
export function parseTraceparent(traceparent: string | undefined): TraceContext | undefined {
  const match = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '');
  const [, traceId, spanId, flags] = match ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

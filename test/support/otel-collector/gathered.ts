import type { StubReceiver } from '../stub-receiver.ts';

type Value = string | number | readonly Value[];
export type Attributes = Readonly<Record<string, Value>>;

/** A record in the words of OTLP, its attributes and those of its resource as plain members. */
export interface Told {
  readonly resource: Attributes;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly attributes: Attributes;
  /** All other members. */
  readonly record: Readonly<Record<string, unknown>>;
}

export interface Gathered {
  readonly logs: readonly Told[];
  readonly spans: readonly Told[];
  /** Each metric whole, without attributes of its own. */
  readonly metrics: readonly Told[];
}

type Json = Readonly<Record<string, unknown>>;
const list = (value: unknown): readonly Json[] => (value ?? []) as readonly Json[];

/** What is in requests of OTLP/JSON that were taken so far (OTLP 1.x, "JSON Protobuf Encoding"); each is read once. */
export function createGathering(requests: StubReceiver['requests']): () => Gathered {
  const all: { readonly [Kind in keyof Gathered]: Told[] } = { logs: [], spans: [], metrics: [] };
  let read = 0;
  return () => {
    const { logs, spans, metrics } = toldIn(requests.slice(read));
    read = requests.length;
    all.logs.push(...logs);
    all.spans.push(...spans);
    all.metrics.push(...metrics);
    return all;
  };
}

function toldIn(requests: StubReceiver['requests']): Gathered {
  const bodies = requests.filter(({ status }) => status === 200).map(({ body }) => JSON.parse(body) as Json);
  const all = (outer: string, inner: string, records: string): Told[] =>
    bodies.flatMap((body) =>
      list(body[outer]).flatMap(({ resource, [inner]: scopes }) =>
        list(scopes).flatMap(({ scope, [records]: some }) =>
          list(some).map(({ attributes, ...record }) => ({
            resource: attributesOf((resource as Json | undefined)?.attributes),
            scope: scope as Json,
            attributes: attributesOf(attributes),
            record,
          })),
        ),
      ),
    );
  return {
    logs: all('resourceLogs', 'scopeLogs', 'logRecords'),
    spans: all('resourceSpans', 'scopeSpans', 'spans'),
    metrics: all('resourceMetrics', 'scopeMetrics', 'metrics'),
  };
}

export const attributesOf = (pairs: unknown): Attributes =>
  Object.fromEntries(list(pairs).map(({ key, value }): [string, Value] => [String(key), plain(value as Json)]));

function plain(value: Json): Value {
  if (typeof value.stringValue === 'string') return value.stringValue;
  if (value.arrayValue !== undefined) return list((value.arrayValue as Json).values).map(plain);
  return Number(value.intValue ?? value.doubleValue);
}

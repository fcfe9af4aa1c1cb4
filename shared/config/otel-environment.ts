/** What the standard variables of OpenTelemetry say (specification 1.5x, "Environment Variable Specification" and "OTLP Exporter"). */
export interface OtelEnvironment {
  /** Which signals an OTLP endpoint is configured for. */
  readonly traces: boolean;
  readonly metrics: boolean;
  readonly logs: boolean;
  readonly protocol: Readonly<Record<'traces' | 'metrics' | 'logs', string>>;
  /** How often metrics are sent, and how long that may take. */
  readonly metricEveryMs: number;
  readonly metricTimeoutMs: number;
  /** Where logs go, and how; there when they go anywhere. */
  readonly logsTo?: OtlpPlace;
}

export interface OtlpPlace {
  readonly url: string;
  /** Over HTTP, below the address; absent: the address is the whole. */
  readonly path?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
  /** PEM files. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

type Get = (name: string) => string | undefined;

/** The path of OTLP over HTTP for log records, below an endpoint for all signals. */
export const otlpLogsPath = 'v1/logs';
const defaultTimeoutMs = 10_000;

export function otelOf(get: Get): OtelEnvironment {
  const disabled = get('OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
  const everywhere = get('OTEL_EXPORTER_OTLP_ENDPOINT') !== undefined;
  const wanted = (signal: string): boolean => {
    const exporter = get(`OTEL_${signal}_EXPORTER`)?.toLowerCase();
    if (disabled || (exporter !== undefined && !exporter.split(',').includes('otlp'))) return false;
    return everywhere || get(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) !== undefined;
  };
  const protocol = (signal: string): string =>
    get(`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`) ?? get('OTEL_EXPORTER_OTLP_PROTOCOL') ?? 'http/protobuf';
  const logs = wanted('LOGS');
  return {
    traces: wanted('TRACES'),
    metrics: wanted('METRICS'),
    logs,
    protocol: { traces: protocol('TRACES'), metrics: protocol('METRICS'), logs: protocol('LOGS') },
    metricEveryMs: positive(get('OTEL_METRIC_EXPORT_INTERVAL')) ?? 60_000,
    metricTimeoutMs: positive(get('OTEL_METRIC_EXPORT_TIMEOUT')) ?? 30_000,
    ...(logs && { logsTo: logsPlace(get) }),
  };
}

function logsPlace(get: Get): OtlpPlace {
  const value = (name: string): string | undefined =>
    get(`OTEL_EXPORTER_OTLP_LOGS_${name}`) ?? get(`OTEL_EXPORTER_OTLP_${name}`);
  const url = withScheme(value('ENDPOINT') ?? '', value('INSECURE')?.toLowerCase() === 'true');
  // They may be for the other signals, which go elsewhere.
  const pem = (name: string): string | undefined => (url.startsWith('https:') ? value(name) : undefined);
  const [ca, cert, key] = [pem('CERTIFICATE'), pem('CLIENT_CERTIFICATE'), pem('CLIENT_KEY')];
  return {
    url,
    ...(get('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT') === undefined && { path: otlpLogsPath }),
    headers: { ...headersOf(get('OTEL_EXPORTER_OTLP_HEADERS')), ...headersOf(get('OTEL_EXPORTER_OTLP_LOGS_HEADERS')) },
    timeoutMs: positive(value('TIMEOUT')) ?? defaultTimeoutMs,
    compression: value('COMPRESSION') === 'gzip' ? 'gzip' : 'none',
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function positive(text: string | undefined): number | undefined {
  const number = Number(text);
  return number > 0 && Number.isFinite(number) ? number : undefined;
}

/** gRPC takes `host:port` too; without a scheme it is TLS unless INSECURE says otherwise. */
const withScheme = (endpoint: string, isInsecure: boolean): string =>
  /^[a-z]+:\/\//i.test(endpoint) ? endpoint : `${isInsecure ? 'http' : 'https'}://${endpoint}`;

/** `name=value,name=value` as in W3C Baggage: values are percent-encoded. What is no pair is left out, as other exporters do. */
function headersOf(list = ''): Record<string, string> {
  const pairs = list.split(',').flatMap((pair) => {
    const [, name, value] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([^;]*?)\s*(?:;.*)?$/.exec(pair) ?? [];
    return name === undefined || value === undefined ? [] : [[name.toLowerCase(), decoded(value)] as const];
  });
  return Object.fromEntries(pairs);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

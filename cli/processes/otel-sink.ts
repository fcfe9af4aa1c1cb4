import type { Sink } from '../../alerting/sinks/sink.ts';
import type { OtelEnvironment } from '../../shared/config/otel-environment.ts';
import type { Config } from '../../shared/config/schema.ts';
import { otelResource } from '../../shared/telemetry/otel.ts';

interface OtelSinkParts {
  readonly config: Pick<Config, 'sinks'>;
  readonly otel: OtelEnvironment;
  readonly version: string;
  readonly host: string;
}

/** Whether the variables of OpenTelemetry make a sink `otel`: logs go over OTLP by them, and the configuration has no such sink itself. */
const isOfEnvironment = ({ config, otel }: Pick<OtelSinkParts, 'config' | 'otel'>): boolean =>
  otel.logsTo !== undefined && !isConfigured(config);

const isConfigured = ({ sinks }: OtelSinkParts['config']): boolean =>
  Object.entries(sinks).some(([name, { type }]) => type === 'otel' || name === 'otel');

/** Loads what a sink of OpenTelemetry needs, where there will be one, while its code can be read. */
export async function loadOtelOf({ config, otel }: Pick<OtelSinkParts, 'config' | 'otel'>): Promise<void> {
  if (isOfEnvironment({ config, otel }) || Object.values(config.sinks).some(({ type }) => type === 'otel'))
    await load();
}

async function load() {
  const { createOtelSink, loadOtelSink } = await import('../../alerting/sinks/otel.ts');
  await loadOtelSink();
  return createOtelSink;
}

/** The sink of the environment's variables. @throws UserError when what they say cannot be used */
export async function environmentSink(parts: OtelSinkParts): Promise<Sink | undefined> {
  const { otel, version, host } = parts;
  if (otel.logsTo === undefined || !isOfEnvironment(parts)) return undefined;
  const createOtelSink = await load();
  return createOtelSink({
    ...otel.logsTo,
    name: 'otel',
    protocol: protocolOf(otel.protocol.logs),
    resource: otelResource({ part: 'monitor', version, host }),
    version,
    clock: Date.now,
  });
}

const protocolOf = (name: string) => (name === 'grpc' || name === 'http/json' ? name : 'http/protobuf');

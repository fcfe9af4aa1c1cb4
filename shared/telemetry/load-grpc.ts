import { createRequire } from 'node:module';

/**
 * Loads what OpenTelemetry's exporters over gRPC would load when they first send: by then the process may have given up the right to read its
 * code.
 */
export function loadGrpcExporters(): void {
  const base = createRequire(import.meta.url).resolve('@opentelemetry/otlp-grpc-exporter-base');
  createRequire(base)('./create-service-client-constructor');
}

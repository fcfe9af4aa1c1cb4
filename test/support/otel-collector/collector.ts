import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificates } from '../certificates.ts';
import { eventually } from '../eventually.ts';
import { freePorts } from '../kafka/free-ports.ts';
import { type StubReceiver, startStubReceiver } from '../stub-receiver.ts';
import { createGathering, type Gathered } from './gathered.ts';

export interface CollectorPlaces {
  /** With ca.pem, client.pem, client.key, stranger.pem and `token`; the server's certificate is for 127.0.0.1. */
  readonly directory: string;
  readonly ports: Readonly<Record<'grpc' | 'http' | 'grpcTls' | 'httpTls', number>>;
  /** Where what it took is to be sent on to, as JSON. */
  readonly judge: string;
}

/** A real OpenTelemetry Collector: what it took, it has decoded, checked and written anew. */
export interface OtelCollector extends CollectorPlaces {
  /** What it sent on, flat. */
  gathered(): Gathered;
  /** Takes what it sends on, and may refuse it: then the Collector says so to who sent it. */
  readonly next: StubReceiver;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** In the file `token` of its directory. */
export const collectorToken = 'a-token-for-the-collector';
const taking = { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' };

/**
 * @param configuration default: OTLP over gRPC and HTTP without TLS, and small limits: 1 MiB over gRPC, 200 kB over HTTP
 */
export async function startOtelCollector(
  configuration: (places: CollectorPlaces) => string = judging,
): Promise<OtelCollector> {
  const binary = await binaryOf();
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-otelcol-'));
  await makeCertificates(directory, { server: 'server', names: 'IP:127.0.0.1' });
  const [grpc = 0, http = 0, grpcTls = 0, httpTls = 0] = await freePorts(4);
  await writeFile(join(directory, 'token'), collectorToken);
  const next = await startStubReceiver(taking);
  const places = { directory, ports: { grpc, http, grpcTls, httpTls }, judge: next.url };
  const file = join(directory, 'collector.yaml');
  await writeFile(file, configuration(places));
  let daemon: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill(signal);
    await ended;
  };
  const collector: OtelCollector = {
    ...places,
    next,
    gathered: createGathering(next.requests),
    kill: () => end('SIGKILL'),
    start: async () => {
      const started = spawn(binary, ['--config', file], { stdio: ['ignore', 'ignore', 'pipe'] });
      daemon = started;
      let told = '';
      started.stderr.on('data', (chunk: Buffer) => {
        told = `${told}${chunk.toString()}`.slice(-4_000);
      });
      await eventually(
        () => told.includes('Everything is ready') || undefined,
        () => `the Collector did not start: ${told}`,
        30_000,
      );
    },
    stop: async () => {
      await end('SIGTERM');
      await next.goAway();
      await rm(directory, { recursive: true });
    },
  };
  await collector.start();
  return collector;
}

const run = promisify(execFile);

/** @throws with what is to be installed when there is none and none can be built */
const binaryOf = async (): Promise<string> =>
  (await run(join(import.meta.dirname, 'binary.sh'), { maxBuffer: 10_000_000 })).stdout.trim();

/** What the Collector says of a configuration. @throws when it would not start with it */
export const validateConfiguration = async (file: string): Promise<string> =>
  (await run(await binaryOf(), ['validate', '--config', file])).stdout;

/** It answers when the next receiver has answered: nothing is in its memory alone. */
const exporting = (judge: string): string => `exporters:
  otlp_http/yours:
    endpoint: ${judge}
    encoding: json
    compression: none
    sending_queue: { enabled: false }
    retry_on_failure: { enabled: false }`;

/** The Collector of docs/siem/opentelemetry.md, on loopback, with the judge for a backend. */
export const configurationOfPage =
  (configuration: string) =>
  ({ directory, ports, judge }: CollectorPlaces): string =>
    configuration
      .replaceAll('/etc/otelcol', directory)
      .replace('0.0.0.0:4317', `127.0.0.1:${ports.grpcTls}`)
      .replace('0.0.0.0:4318', `127.0.0.1:${ports.httpTls}`)
      .replace(/^exporters:\n {2}otlp_http\/yours:\n.*$/m, exporting(judge))
      .replace(/^service:$/m, 'service:\n  telemetry: { metrics: { level: none } }');

const judging = ({ ports, judge }: CollectorPlaces): string => `
receivers:
  otlp:
    protocols:
      grpc: { endpoint: 127.0.0.1:${ports.grpc}, max_recv_msg_size_mib: 1 }
      http: { endpoint: 127.0.0.1:${ports.http}, max_request_body_size: 200000 }
${exporting(judge)}
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [otlp], exporters: [otlp_http/yours] }
    traces: { receivers: [otlp], exporters: [otlp_http/yours] }
    metrics: { receivers: [otlp], exporters: [otlp_http/yours] }
`;

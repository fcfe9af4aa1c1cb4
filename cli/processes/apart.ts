import { hostname } from 'node:os';
import type { CollectorLog } from '../../collector/log.ts';
import type { Bus } from '../../shared/bus/port.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { UserError } from '../../shared/errors.ts';
import { createLifecycle } from '../../shared/lifecycle.ts';
import { readOrCreateSecret } from '../../shared/secret-file.ts';
import type { StateFiles } from '../../shared/state-dir.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { type CliContext, configOf, logOptionsOf, logSinkOf, stateOf } from '../context.ts';
import { checkedEndpoint, endpointInputsOf } from '../endpoint.ts';
import { prepareAlerting } from './alerting.ts';
import { prepareAnalyzer } from './analyzer.ts';
import { prepareBus } from './bus.ts';
import { type OpenLogOptions, openCollectorLog, openWhenReachable } from './collector-log.ts';
import { holdState } from './hold.ts';
import { ownPathsOf } from './own-paths.ts';
import { makeStateDirectory } from './state.ts';
import { untilStopped } from './stop.ts';
import { openProcessTelemetry } from './telemetry.ts';
import { watchHealth } from './tell-health.ts';

/** What a part needs to run by itself. */
export interface PartContext<Log = Bus> {
  readonly context: CliContext;
  readonly config: Config;
  readonly files: StateFiles;
  readonly bus: Log;
  readonly telemetry: Telemetry;
  /** Several of one part may run on one host over Kafka, so the process is in the name. */
  readonly instance: string;
  /** Ends the process with this error. */
  giveUp(error: UserError): void;
}

export type StartPart<Log = Bus> = (part: PartContext<Log>) => Promise<{ stop(): Promise<unknown> }>;

/** What every part's log can do. */
type PartLog = Pick<Bus, 'bounds'>;

export interface Part<Log extends PartLog> {
  readonly name: PartName;
  readonly start: StartPart<Log>;
  open(options: OpenPartOptions): Promise<{ readonly log: Log; close(): Promise<void> }>;
}

interface OpenPartOptions extends OpenLogOptions {
  /** The process is to stop. */
  readonly signal: AbortSignal;
}

type PartName = 'collector' | 'analyzer' | 'alerting' | 'monitor';

/** Over Kafka analyzer and alerting keep nothing here but the token, and several may share the work. */
function heldBy(name: PartName, bus: Config['bus']): readonly string[] {
  if (name === 'collector') return ['collector'];
  if (bus === 'kafka') return [];
  return name === 'monitor' ? ['analyzer', 'alerting'] : [name];
}

/** Runs one part of the chain as a process of its own until it is told to stop; resolves with the exit code. */
async function runApart<Log extends PartLog>(context: CliContext, part: Part<Log>): Promise<number> {
  const { name } = part;
  process.umask(0o077);
  process.title = `moorwatch ${name}`;
  const loaded = configOf(context);
  const { config } = loaded;
  const files = stateOf(context, loaded);
  if (name === 'collector') checkedEndpoint(loaded, context.environment);
  makeStateDirectory(files);
  const release = holdState(files.directory, heldBy(name, config.bus));
  const log = logSinkOf(logOptionsOf(context, process.stderr.isTTY), context.terminal.log);
  const { otel } = context.environment;
  const sinks = await openProcessTelemetry({ name, log, otel, version: context.version, host: hostname() });
  const health = watchHealth({ part: name, telemetry: sinks.part(name, { usage: true }), bus: config.bus });
  const { telemetry } = health;
  const stopped = untilStopped(telemetry);
  const lifecycle = createLifecycle();
  lifecycle.onStop('state directory', release);
  lifecycle.onStop('first health file', health.starting(files.directory));
  lifecycle.onStop('telemetry', () => sinks.close());
  try {
    const open = await prepareBus(config);
    const stopping = new AbortController();
    const opening = part.open({ config, files, telemetry, open, signal: stopping.signal });
    const opened = await Promise.race([opening, stopped.code.finally(() => stopping.abort())]);
    // Told to stop before anybody answered.
    if (typeof opened === 'number') {
      void opening.then((late) => late.close()).catch(() => undefined);
      return opened;
    }
    lifecycle.onStop('bus', () => opened.close());
    const bus = opened.log;
    const instance = `${hostname()}-${process.pid}`;
    const starting = part.start({ context, config, files, bus, telemetry, instance, giveUp: stopped.fail });
    const running = await Promise.race([starting, stopped.code]);
    if (typeof running === 'number') {
      void starting.then((late) => late.stop()).catch(() => undefined);
      return running;
    }
    lifecycle.onStop(name, async () => void (await running.stop()));
    lifecycle.onStop('health file', health.tell(bus, files.directory));
    telemetry.happened({ name: 'processStarted', part: name, user: String(process.geteuid?.() ?? 'unknown') });
    return await stopped.code;
  } finally {
    for (const step of await lifecycle.stop(12_000)) telemetry.happened({ name: 'stopIncomplete', step });
  }
}

const startCollectorPart: StartPart<CollectorLog> = async ({ context, config, files, bus, telemetry }) => {
  const { startCollector } = await import('../../collector/main.ts');
  const redactionKey = await readOrCreateSecret(files.redactionKey);
  return startCollector({
    config,
    bus,
    telemetry,
    endpointInputs: endpointInputsOf(config, context.environment),
    redactionKey,
    ownPaths: ownPathsOf(context, { config, files }),
    threads: context.environment.threads,
  });
};

const startAnalyzerPart: StartPart = async ({ config, bus, telemetry, instance, giveUp }) => {
  const analyzer = await prepareAnalyzer({ config, telemetry });
  return analyzer.start({ bus, instance, giveUp });
};

const startAlertingPart: StartPart = async ({ context, config, files, bus, telemetry, instance, giveUp }) => {
  const { otel } = context.environment;
  const alerting = await prepareAlerting({ config, telemetry, otel, version: context.version, host: hostname() });
  return alerting.start({ bus, files, instance, giveUp });
};

const startMonitorPart: StartPart = async (part) => {
  const analyzer = await startAnalyzerPart(part);
  const alerting = await startAlertingPart(part);
  return {
    stop: async () => {
      await Promise.all([analyzer.stop(), alerting.stop()]);
    },
  };
};

const openBusOf: Part<Bus>['open'] = async ({ files, telemetry, open, signal }) => {
  const log = await openWhenReachable({
    connect: () => open({ database: files.database, telemetry }),
    telemetry,
    signal,
  });
  return { log, close: () => log.close() };
};

export const runCollectorApart = (context: CliContext): Promise<number> =>
  runApart(context, { name: 'collector', start: startCollectorPart, open: openCollectorLog });
export const runAnalyzerApart = (context: CliContext): Promise<number> =>
  runApart(context, { name: 'analyzer', start: startAnalyzerPart, open: openBusOf });
export const runAlertingApart = (context: CliContext): Promise<number> =>
  runApart(context, { name: 'alerting', start: startAlertingPart, open: openBusOf });
export const runMonitorApart = (context: CliContext): Promise<number> =>
  runApart(context, { name: 'monitor', start: startMonitorPart, open: openBusOf });

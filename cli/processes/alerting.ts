import type { OtelEnvironment } from '../../shared/config/otel-environment.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { StateFiles } from '../../shared/state-dir.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { StartOptions } from './analyzer.ts';
import { logPlace } from './log-place.ts';
import { metricsText } from './metrics.ts';
import { environmentSink, loadOtelOf } from './otel-sink.ts';
import { removeRunning, writeRunning } from './running.ts';

export interface AlertingParts {
  readonly config: Config;
  readonly telemetry: Telemetry;
  readonly otel: OtelEnvironment;
  readonly version: string;
  readonly host: string;
}

export interface PreparedAlerting {
  readonly telemetry: Telemetry;
  start(options: StartOptions & { files: StateFiles }): Promise<{ url: string; stop(): Promise<void> }>;
}

/** Loads alerting's code and makes the OpenTelemetry sink that the environment asks for; starts nothing yet. */
export async function prepareAlerting(parts: AlertingParts): Promise<PreparedAlerting> {
  const { config, telemetry, version } = parts;
  const { startAlerting } = await import('../../alerting/main.ts');
  const { createStatusBoard } = await import('../../alerting/feed/status-board.ts');
  await loadOtelOf(parts);
  const fromEnvironment = await environmentSink(parts);
  const moreSinks = fromEnvironment === undefined ? [] : [fromEnvironment];
  return {
    telemetry,
    async start({ bus, files, instance, giveUp }) {
      const stopping = new AbortController();
      const board = createStatusBoard({
        bus,
        signal: stopping.signal,
        onFailure: (reason) => telemetry.happened({ name: 'feedRefused', reason: `metrics: ${reason}` }),
      });
      const alerting = await startAlerting({
        config,
        bus,
        logName: logPlace(config, files),
        telemetry,
        tokenFile: files.token,
        metrics: (format) => Promise.resolve(metricsText(board, Date.now(), format)),
        clock: Date.now,
        version,
        startsApart: config.baselines.startupSeconds > 0,
        moreSinks,
        instance,
        giveUp,
      });
      writeRunning(files.directory, { url: alerting.url, pid: process.pid, version });
      return {
        url: alerting.url,
        async stop() {
          removeRunning(files.directory, process.pid);
          stopping.abort();
          for (const step of await alerting.stop()) telemetry.happened({ name: 'stopIncomplete', step });
        },
      };
    },
  };
}

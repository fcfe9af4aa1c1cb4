import { hostname } from 'node:os';
import type { RuleSet } from '../../analyzer/sigma/rule.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { Environment } from '../../shared/config/environment.ts';
import type { UserError } from '../../shared/errors.ts';
import { createLifecycle, type Lifecycle } from '../../shared/lifecycle.ts';
import type { LogSink } from '../../shared/telemetry/log-sink.ts';
import { logSinkOf } from '../context.ts';
import { adviceOf } from '../rule-set.ts';
import { prepareAlerting } from './alerting.ts';
import { prepareAnalyzer } from './analyzer.ts';
import { prepareBus } from './bus.ts';
import { openWhenReachable } from './collector-log.ts';
import type { MonitorOrder, MonitorReport } from './messages.ts';
import { checkAccess, dropPrivileges, processCredentials } from './privileges.ts';
import { openProcessTelemetry } from './telemetry.ts';
import { createWakeSender } from './wake.ts';

export interface MonitorOptions {
  readonly order: MonitorOrder;
  readonly environment: Environment;
  readonly version: string;
  /** Tells the collector which topics grew. */
  readonly wake: (topics: readonly string[]) => void;
  /** Tells the collector what rules that were taken into use say to a person. */
  readonly advise: (advice: MonitorReport['advice']) => void;
  /** It runs, but cannot go on. */
  readonly giveUp: (error: UserError) => void;
  /** Gives up waiting for the log. */
  readonly signal: AbortSignal;
}

export interface Monitor {
  readonly report: MonitorReport;
  readonly bus: Bus;
  stop(): Promise<void>;
}

/**
 * Analyzer and alerting in one process. Everything that needs root (code, rules, secrets, certificates) is loaded first; then root is
 * given up; only then the log is opened and the port listened on.
 */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const { order, environment, version } = options;
  const { config, files, privileges } = order;
  const host = hostname();
  const log = withoutBanner(logSinkOf(order.log, (text) => void process.stderr.write(text)));
  const telemetry = await openProcessTelemetry({ name: 'monitor', log, otel: environment.otel, version, host });
  const analyzer = await prepareAnalyzer({ config, telemetry: telemetry.part('analyzer') });
  const alerting = await prepareAlerting({
    config,
    telemetry: telemetry.part('alerting', { usage: true }),
    otel: environment.otel,
    version,
    host,
  });
  const openBus = await prepareBus(config);
  if (privileges.kind === 'drop') {
    dropPrivileges(privileges.account, processCredentials());
    checkAccess(files, privileges.account);
  }

  const lifecycle = createLifecycle();
  lifecycle.onStop('telemetry', () => telemetry.close());
  try {
    const onAppended = createWakeSender({ topics: [topic.incidents], send: options.wake, defer: setImmediate });
    const bus = await openWhenReachable({
      connect: () => openBus({ database: files.database, telemetry: alerting.telemetry, onAppended }),
      telemetry: alerting.telemetry,
      signal: options.signal,
    });
    lifecycle.onStop('bus', () => bus.close());
    // On Kafka monitors of other machines write beside this one, and names of machines are not always different.
    const instance = config.bus === 'kafka' ? `${host}-${process.pid}` : host;
    const { giveUp } = options;
    const reloaded = (rules: RuleSet): void => options.advise([...adviceOf(rules)]);
    const running = await analyzer.start({ bus, instance, giveUp, reloaded });
    lifecycle.onStop('analyzer', () => running.stop());
    const feed = await alerting.start({ bus, files, instance, giveUp });
    lifecycle.onStop('alerting', () => feed.stop());
    const user = privileges.kind === 'drop' ? privileges.account.name : 'the same user as the collector';
    const { rules, problems } = running.rules;
    const report = {
      url: feed.url,
      tokenFile: files.token,
      user,
      rules: rules.length,
      rejectedRules: problems.filter(({ severity }) => severity === 'error').length,
      advice: [...adviceOf(running.rules)],
    };
    return { report, bus, stop: () => stopAll(lifecycle, alerting.telemetry) };
  } catch (error) {
    await lifecycle.stop(3_000);
    throw error;
  }
}

/** The collector's banner says where the feed is and how many rules there are; only refused rules are worth a line of their own. */
function withoutBanner(log: LogSink): LogSink {
  return {
    write(line) {
      const { happening } = line;
      if (happening.name === 'feedListening') return;
      if (happening.name === 'rulesLoaded' && happening.rejected === 0) return;
      log.write(line);
    },
  };
}

async function stopAll(
  lifecycle: Lifecycle,
  telemetry: { happened(h: { name: 'stopIncomplete'; step: string }): void },
): Promise<void> {
  for (const step of await lifecycle.stop(8_000)) telemetry.happened({ name: 'stopIncomplete', step });
}

import { hostname } from 'node:os';
import { topic } from '../../shared/bus/topics.ts';
import { messageOf, UserError } from '../../shared/errors.ts';
import { type Severity, severityRank } from '../../shared/finding.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { createLifecycle, type Lifecycle } from '../../shared/lifecycle.ts';
import { readOrCreateSecret } from '../../shared/secret-file.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { type CliContext, configOf, logOptionsOf, logSinkOf, stateOf } from '../context.ts';
import { checkedEndpoint, endpointInputsOf } from '../endpoint.ts';
import { type RuleAdvice, renderUpdate, severityOf } from '../render.ts';
import { bannerLines, type Watch, watchStart } from './banner.ts';
import { prepareBus } from './bus.ts';
import { type OpenedLog, openCollectorLog } from './collector-log.ts';
import { forkMonitor } from './fork.ts';
import { holdState } from './hold.ts';
import { logPlace } from './log-place.ts';
import type { MonitorOrder, MonitorReport } from './messages.ts';
import { ownPathsOf } from './own-paths.ts';
import { followIncidents } from './print-incidents.ts';
import { handOver, planPrivileges } from './privileges.ts';
import { makeStateDirectory } from './state.ts';
import { untilStopped } from './stop.ts';
import { type Supervisor, superviseMonitor } from './supervise.ts';
import { openProcessTelemetry } from './telemetry.ts';
import { type PartHealth, watchHealth } from './tell-health.ts';
import { createWakeSender } from './wake.ts';

interface Up {
  readonly context: CliContext;
  readonly order: MonitorOrder;
  readonly watch: Watch;
  readonly telemetry: Telemetry;
  readonly health: PartHealth;
  readonly lifecycle: Lifecycle;
  readonly print: PrintOptions;
  readonly advice: Map<string, RuleAdvice>;
  /** Tier → full | partial | none; empty until the collector runs. */
  coverage: () => Readonly<Record<string, string>>;
  /** Id of the host that is watched, once it is known. */
  host: () => string | undefined;
}

export interface PrintOptions {
  /** One JSON object a line. */
  readonly json: boolean;
  /** Least severity that is printed. */
  readonly from: Severity;
}

/** Runs until it is told to stop; resolves with the exit code. @throws UserError when it cannot start at all. */
export async function runUp(context: CliContext, options: PrintOptions): Promise<number> {
  process.umask(0o077);
  process.title = 'moorwatch collector';
  context.terminal.whenClosed(() => context.terminal.complain('nobody reads the incidents any more; watching goes on'));
  const up = await prepareUp(context, options);
  const stopped = untilStopped(up.telemetry);
  try {
    const opening = openLog(up, (topics) => supervisor.wake(topics));
    const opened = await Promise.race([opening, stopped.code]);
    if (typeof opened === 'number') {
      void opening.then((late) => late.close()).catch(() => undefined);
      return opened;
    }
    const supervisor = startMonitor(up, { opened, giveUp: stopped.fail });
    up.lifecycle.onStop('monitor', () => supervisor.stop(9_000));
    // A start can take long without brokers; whoever is told to stop does not wait for it.
    const started = startCollecting(up, opened.log).then(() => stopped.code);
    return await Promise.race([started, stopped.code]);
  } finally {
    for (const step of await up.lifecycle.stop(12_000)) up.telemetry.happened({ name: 'stopIncomplete', step });
  }
}

async function prepareUp(context: CliContext, print: PrintOptions): Promise<Up> {
  const loaded = configOf(context);
  const files = stateOf(context, loaded);
  const privileges = planPrivileges({ root: context.root, user: loaded.config.monitor.user });
  checkedEndpoint(loaded, context.environment);
  makeStateDirectory(files);
  const release = holdState(files.directory, ['collector', 'analyzer', 'alerting']);
  const log = logOptionsOf(context, process.stderr.isTTY);
  const watch = watchStart(logSinkOf(log, context.terminal.log));
  const opened = await openProcessTelemetry({
    name: 'collector',
    log: watch.log,
    otel: context.environment.otel,
    version: context.version,
    host: hostname(),
  });
  const health = watchHealth({
    part: 'collector',
    telemetry: opened.part('collector', { usage: true }),
    bus: loaded.config.bus,
  });
  const { telemetry } = health;
  const lifecycle = createLifecycle();
  lifecycle.onStop('state directory', release);
  lifecycle.onStop('telemetry', () => opened.close());
  if (privileges.kind === 'keep') telemetry.happened({ name: 'privilegesKept', reason: privileges.reason });
  const order = { config: loaded.config, files, privileges, log };
  return {
    context,
    order,
    watch,
    telemetry,
    health,
    lifecycle,
    print,
    advice: new Map(),
    coverage: () => ({}),
    host: () => undefined,
  };
}

/** Opens the log first in the process that may, so that its files are there to be handed over before the monitor needs them. */
async function openLog(
  { order, telemetry, lifecycle }: Up,
  wake: (topics: readonly string[]) => void,
): Promise<OpenedLog> {
  const { config, files, privileges } = order;
  const open = await prepareBus(config);
  const onAppended = createWakeSender({ topics: [topic.observations, topic.status], send: wake, defer: setImmediate });
  const opened = await openCollectorLog({ config, files, telemetry, open, onAppended });
  lifecycle.onStop('bus', () => opened.close());
  if (privileges.kind === 'drop') handOver(files, privileges.account);
  return opened;
}

function startMonitor(
  up: Up,
  { opened, giveUp }: { opened: OpenedLog; giveUp: (error: UserError) => void },
): Supervisor {
  const printing = new AbortController();
  up.lifecycle.onStop('printing', () => printing.abort());
  const follow = async (): Promise<void> => {
    await followIncidents(await opened.bus, printing.signal, (update) => printUpdate(up, update));
  };
  follow().catch((error: unknown) => {
    if (printing.signal.aborted) return;
    up.telemetry.happened({ name: 'stopIncomplete', step: `printing incidents: ${messageOf(error)}` });
  });
  let announced = false;
  const takeAdvice = (told: MonitorReport['advice']): void => {
    for (const [rule, advice] of told) up.advice.set(rule, advice);
  };
  return superviseMonitor({
    fork: forkMonitor,
    order: up.order,
    telemetry: up.telemetry,
    onReady: (report) => {
      takeAdvice(report.advice);
      if (!announced) void announce(up, report);
      announced = true;
    },
    onWake: (topics) => void opened.bus.then((bus) => bus.wake(topics)),
    onAdvice: takeAdvice,
    onFailed: ({ message, fix, code }) => giveUp(new UserError(message, { fix, code })),
    now: Date.now,
    setTimer: (run, ms) => {
      const timer = setTimeout(run, ms);
      return { cancel: () => clearTimeout(timer) };
    },
  });
}

async function startCollecting(up: Up, bus: OpenedLog['log']): Promise<void> {
  const { context, order, telemetry, lifecycle } = up;
  const { startCollector } = await import('../../collector/main.ts');
  const endpointInputs = endpointInputsOf(order.config, context.environment);
  const redactionKey = await readOrCreateSecret(order.files.redactionKey);
  const collector = await startCollector({
    config: order.config,
    bus,
    telemetry,
    endpointInputs,
    redactionKey,
    ownPaths: ownPathsOf(context, order),
    threads: context.environment.threads,
  });
  // Told to stop meanwhile.
  if (lifecycle.signal.aborted) return collector.stop();
  lifecycle.onStop('collector', () => collector.stop());
  lifecycle.onStop('health file', up.health.tell(bus, order.files.directory));
  up.coverage = () => collector.status().coverage;
  up.host = () => collector.status().host?.id;
}

/** The banner waits for the engine's answer, but not for ever: a network may swallow packets. */
async function announce(up: Up, monitor: MonitorReport): Promise<void> {
  const { context, order, watch } = up;
  await Promise.race([watch.engineKnown, new Promise((resolve) => setTimeout(resolve, 5_000).unref())]);
  // The sensors tell at once whether they can work; they begin when the engine was found.
  await new Promise((resolve) => setTimeout(resolve, 100).unref());
  const { config, files, privileges } = order;
  const unseparated = privileges.kind === 'keep' ? privileges.reason : undefined;
  const facts = {
    version: context.version,
    sight: watch.sight(),
    coverage: up.coverage(),
    monitor,
    log: logPlace(config, files),
    unseparated,
    printFrom: up.print.from,
  };
  for (const line of bannerLines(facts)) context.terminal.say(line);
  watch.announced();
}

/** On Kafka the log has the incidents of every host; here those of this one are printed, `moorwatch tail` prints all. */
function printUpdate({ context, order, host, print, advice }: Up, update: IncidentUpdate): void {
  if (order.config.bus === 'kafka' && update.incident.host.id !== host()) return;
  if (severityRank(severityOf(update)) < severityRank(print.from)) return;
  const { terminal } = context;
  terminal.out(print.json ? JSON.stringify(update) : renderUpdate(update, { colors: terminal.colors, advice }));
}

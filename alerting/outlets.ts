import type { Notices } from '../shared/bus/notices.ts';
import type { Bus } from '../shared/bus/port.ts';
import type { Config } from '../shared/config/schema.ts';
import type { Incident } from '../shared/incident.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { createStatusBoard } from './feed/status-board.ts';
import { startHeartbeats } from './heartbeats.ts';
import type { Heartbeat } from './sinks/heartbeat.ts';
import { leadsTo, quietRoutes } from './sinks/routes.ts';
import { type RunningSink, runSink } from './sinks/run.ts';
import type { Sink } from './sinks/sink.ts';
import { canaryHosts } from './watch/canaries.ts';
import { startWatch, watchedGroups } from './watch/watch.ts';

export interface OutletsOptions {
  readonly config: Pick<Config, 'sensors' | 'canary' | 'routes' | 'watch'>;
  readonly bus: Bus;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  readonly sinks: readonly { readonly sink: Sink; readonly type: string }[];
  readonly beating: readonly { readonly heartbeat: Heartbeat; readonly everyMs: number }[];
  readonly notices: Notices;
  /** When the log last took something from us, ms. */
  answeredAt(): number;
  /** Adds a step to what is done at the end, first of all steps until now. */
  onStop(name: string, step: () => Promise<void>): void;
  /** Aborted at the end. */
  readonly signal: AbortSignal;
}

/** Starts the sinks, what watches whether they and the stages move, and the heartbeats that vouch for all of it. */
export function startOutlets(options: OutletsOptions): readonly RunningSink[] {
  const { config, bus, telemetry, notices, clock, onStop } = options;
  const routes = config.routes ?? quietRoutes;
  const board = createStatusBoard({
    bus,
    signal: options.signal,
    onFailure: (reason) => telemetry.happened({ name: 'watchFailed', group: 'status', reason }),
  });
  const { enabled, everyMs } = config.sensors.canary;
  const canaries = { everyMs, hosts: () => (enabled ? canaryHosts(board.list()) : []) };
  const running = options.sinks.map((one): RunningSink => {
    const wants = (incident: Incident): boolean => leadsTo(one.sink.name, routes, incident);
    const sendsCanaries = config.canary.sinks.includes(one.sink.name);
    return runSink({ bus, telemetry, notices, clock, wants, sendsCanaries, canaries, ...one });
  });
  const names = options.sinks.map(({ sink }) => sink.name);
  const watch = startWatch({
    bus,
    board,
    telemetry,
    clock,
    groups: watchedGroups(names),
    boundMs: config.watch.stillMinutes * 60_000,
  });
  const { answeredAt } = options;
  const heartbeats = startHeartbeats(options.beating, {
    telemetry,
    clock,
    board,
    sinks: running,
    standing: watch.standing,
    answeredAt,
  });
  telemetry.gauge('canaries_overdue', 'Hosts of which no canary has reached the sink for too long.', () =>
    running.map((sink, i) => ({ value: overdueIn(sink), attributes: { sink: names[i] ?? '' } })),
  );
  telemetry.gauge('canary_overdue_seconds', 'For how long none has come, of the ten longest of each sink.', () =>
    running.flatMap((sink, i) =>
      (sink.overdue?.().hosts ?? []).map(({ name, since }) => ({
        value: Math.max(0, (clock() - since) / 1_000),
        attributes: { sink: names[i] ?? '', host: name },
      })),
    ),
  );
  for (const [i, sink] of running.entries()) onStop(`sink ${names[i] ?? ''}`, () => sink.stop());
  onStop('watch', () => watch.stop());
  onStop('heartbeats', () => heartbeats.stop());
  return [...running, ...heartbeats.running];
}

function overdueIn(sink: RunningSink): number {
  const { hosts = [], more = 0 } = sink.overdue?.() ?? {};
  return hosts.length + more;
}

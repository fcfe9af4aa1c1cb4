import { connect } from 'node:net';
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import { forgerLines, namesWithheldSchema, withheldFix, withheldText } from '../../shared/names-withheld.ts';
import { staleness } from '../client/freshness.ts';
import type { Running } from '../processes/running.ts';
import { type Finding, fail, ok, warn } from './check.ts';

/** Why nobody accepts connections at host:port; undefined when somebody does. */
function unreachable(host: string, port: number, timeoutMs = 2_000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (outcome: string | undefined): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`no answer within ${timeoutMs} ms`));
    socket.once('error', (error) => end(messageOf(error)));
  });
}

/** The port of the feed is ours or free. */
export async function checkPort(feed: { host: string; port: number }, running: Running | undefined): Promise<Finding> {
  const where = `${feed.host}:${feed.port}`;
  if (feed.port === 0) return ok('port', 'any free port is taken');
  const taken = (await unreachable(feed.host, feed.port)) === undefined;
  if (!taken) return ok('port', `${where} is free`);
  const ours = running !== undefined && new URL(running.url).port === String(feed.port);
  return ours
    ? ok('port', `${where} is the running Moorwatch`)
    : fail('port', `${where} is taken by another program`, 'choose another with --port or feed.port');
}

/** What a running process said of itself in the status topic; everything in it is optional because any version may have written it. */
export interface DaemonStatus {
  readonly process: string;
  readonly at: number;
  /** For how long it has said nothing, by the log's clock; a feed of an earlier version does not say. */
  readonly silentMs?: number | undefined;
  readonly gone?: boolean | undefined;
  readonly status: Readonly<Record<string, unknown>>;
}

/** What the feed answers about all processes. */
export interface ToldStatus {
  readonly processes: readonly DaemonStatus[];
  readonly asOf?: number | undefined;
  readonly current?: boolean | undefined;
}

/** A process that has said nothing for so long is gone or stuck. */
const staleMs = 60_000;

export function checkDaemon(told: ToldStatus, now: number): readonly Finding[] {
  // The topic holds other words too (which rule set a partition was judged by); a process gives its pid.
  const processes = told.processes.filter(({ status }) => typeof status.pid === 'number');
  const old = staleness(told, now);
  if (old !== undefined) return [outdated(processes, old)];
  if (processes.length === 0)
    return [warn('running', 'no process has told anything yet', 'wait some seconds and look again')];
  const gone = processes.filter((process) => process.gone === true);
  const others = processes.filter((process) => process.gone !== true);
  const found = others.flatMap((process) => {
    const name = nameOf(process);
    const age = process.silentMs ?? now - process.at;
    const alive =
      age > staleMs
        ? warn('running', `${name} said nothing for ${Math.round(age / 1_000)} s`, 'look at its log, or start it again')
        : ok('running', `${name}, heard ${Math.max(0, Math.round(age / 1_000))} s ago`);
    return [
      alive,
      ...sensorFindings(process),
      ...namesFindings(process),
      ...sinkFindings(process),
      ...lagFindings(process),
    ];
  });
  return [...found, ...goneFindings(gone)];
}

/** Last words from before an outage say nothing of now: whoever said them may have ended since. */
function outdated(processes: readonly DaemonStatus[], why: string): Finding {
  const names = processes.filter(({ gone }) => gone !== true).map(nameOf);
  const heard = names.length === 0 ? '' : ` Heard before: ${names.join(', ')}.`;
  return warn(
    'running',
    `${why}; how the parts are now is not known.${heard}`,
    'see that the log answers, and look again',
  );
}

/** Together: each start of a part that was killed leaves one. */
function goneFindings(processes: readonly DaemonStatus[]): readonly Finding[] {
  if (processes.length === 0) return [];
  const details = processes.map((process) => {
    const minutes = Math.round((process.silentMs ?? 0) / 60_000);
    return `${nameOf(process)}: last heard ${new Date(process.at).toISOString().slice(0, 19)}Z, ${minutes} min before the newest word`;
  });
  const fix =
    'start again what is meant to run; the rest leaves this list (analyzers and alerting after an hour, a collector after 7 days)';
  return [
    { ...warn('running', processes.length === 1 ? 'one is gone:' : `${processes.length} are gone:`, fix), details },
  ];
}

/** `collector on web-1`: engines have long ids, so the host's name is shown where it is told. */
function nameOf({ process, status }: DaemonStatus): string {
  const { host } = status;
  const told = typeof host === 'object' && host !== null && 'name' in host ? String(host.name) : undefined;
  return `${process.split('/')[0] ?? process} on ${told ?? process.slice(process.indexOf('/') + 1)}`;
}

function sensorFindings(process: DaemonStatus): readonly Finding[] {
  const { sensors } = process.status;
  if (typeof sensors !== 'object' || sensors === null) return [];
  return Object.entries(sensors).map(([name, state]: [string, unknown]) => {
    const text = typeof state === 'string' ? state : JSON.stringify(state);
    const about = `sensor ${name}`;
    return text === 'running'
      ? ok(about, `${text} (${nameOf(process)})`)
      : warn(
          about,
          `${text} (${nameOf(process)})`,
          'what it cannot see is in docs/collector.md; the lines above say what is missing',
        );
  });
}

/** Containers whose destinations have no names, and for whom. */
function namesFindings(process: DaemonStatus): readonly Finding[] {
  const { data } = namesWithheldSchema.safeParse(process.status.names);
  if (data === undefined) return [];
  const text = `${withheldText(data)} (${nameOf(process)})`;
  return [{ ...warn('names', text, withheldFix(data)), details: forgerLines(data) }];
}

const sinkSchema = z.object({
  name: z.string(),
  state: z.string(),
  backlog: z.number(),
  lastError: z.string().optional(),
});
const refusedSchema = z.object({
  name: z.string().endsWith('deliveries_refused_total'),
  attributes: z.object({ sink: z.string() }),
  value: z.number().positive(),
});

/** Sinks that try again, and sinks whose receiver refused something for good. */
function sinkFindings({ status }: DaemonStatus): readonly Finding[] {
  const sinks = wellFormed(status.sinks, sinkSchema);
  const refused = wellFormed(status.metrics, refusedSchema);
  return sinks.flatMap(({ name, state, backlog, lastError }) => {
    const about = `sink ${name}`;
    const why = lastError === undefined ? '' : `: ${lastError}`;
    const parked = refused
      .filter(({ attributes }) => attributes.sink === name)
      .map(({ value }) =>
        warn(
          about,
          `${value} messages were refused and parked in the topic rejected`,
          'the log of alerting says why; correct the sink or its receiver',
        ),
      );
    if (state !== 'retrying')
      return [...(parked.length > 0 ? [] : [ok(about, `${state}, ${backlog} wait`)]), ...parked];
    const fix = `correct sinks.${name} or its receiver; nothing is lost while it waits`;
    return [warn(about, `retrying, ${backlog} wait${why}`, fix), ...parked];
  });
}

function wellFormed<T>(list: unknown, schema: z.ZodType<T>): readonly T[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}

/** More than this waits: what happens is told late. */
const muchLag = 10_000;

function lagFindings(process: DaemonStatus): readonly Finding[] {
  if (!Array.isArray(process.status.metrics)) return [];
  const lags = process.status.metrics.flatMap((metric: unknown) => {
    const { name, value } = (metric ?? {}) as { name?: unknown; value?: unknown };
    return typeof name === 'string' && name.endsWith('lag_records') && typeof value === 'number' ? [value] : [];
  });
  if (lags.length === 0) return [];
  const total = lags.reduce((sum, lag) => sum + lag, 0);
  const text = `${total} records wait (${nameOf(process)})`;
  return [
    total <= muchLag
      ? ok('lag', text)
      : warn('lag', text, 'give the machine more CPU, or spread analyzers over Kafka; what waits is not lost'),
  ];
}

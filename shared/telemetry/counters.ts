import type { Happening } from './happenings.ts';
import type { Metric } from './telemetry.ts';

interface CounterRule<H> {
  readonly name: string;
  readonly help: string;
  readonly by: (happening: H) => number;
  readonly labels: (happening: H) => Readonly<Record<string, string>>;
  /** What is still told apart when half of the label sets are taken. */
  readonly coarse?: (happening: H) => Readonly<Record<string, string>>;
}

type CounterTable = { readonly [N in Happening['name']]: CounterRule<Extract<Happening, { name: N }>> };

const one = (): number => 1;
const none = (): Record<string, string> => ({});
const counted = (happening: { count: number }): number => happening.count;

/** One counter for everything that can happen. Labels are names of ours or short reasons: never ids, never text from a container. */
const table: CounterTable = {
  engineFound: { name: 'engine_connections', help: 'Times an engine was found.', by: one, labels: none },
  engineUnreachable: {
    name: 'engine_unreachable',
    help: 'Failed attempts to reach the engine.',
    by: one,
    labels: none,
  },
  engineStreamEnded: { name: 'engine_streams_ended', help: 'Event streams that ended.', by: one, labels: none },
  observationsAppended: {
    name: 'observations',
    help: 'Observations appended to the log.',
    by: counted,
    labels: (h) => ({ kind: h.kind }),
  },
  observationDropped: {
    name: 'observations_dropped',
    help: 'Observations lost, by reason.',
    by: counted,
    labels: (h) => ({ reason: h.reason }),
  },
  eventMalformed: { name: 'events_malformed', help: 'Engine messages that cannot be read.', by: one, labels: none },
  dnsMalformed: {
    name: 'dns_malformed',
    help: 'Messages of containers that begin like a DNS query and are none, and lines of the script that cannot be read.',
    by: counted,
    labels: (h) => ({ what: h.what }),
  },
  dnsUnattributed: {
    name: 'dns_unattributed',
    help: 'Questions to the DNS that were not told, as it is not known which container asked.',
    by: counted,
    labels: (h) => ({ reason: h.reason }),
  },
  destinationNameDropped: {
    name: 'destination_names_dropped',
    help: 'Names of destinations that were not taken, or gave way to others.',
    by: counted,
    labels: (h) => ({ reason: h.reason }),
  },
  gapOpened: { name: 'gaps', help: 'Times we were blind.', by: one, labels: (h) => ({ reason: h.reason }) },
  sensorStarted: { name: 'sensor_starts', help: 'Sensor starts.', by: one, labels: (h) => ({ sensor: h.sensor }) },
  sensorUnavailable: {
    name: 'sensor_unavailable',
    help: 'Times a sensor found that it cannot work.',
    by: one,
    labels: (h) => ({ sensor: h.sensor }),
  },
  sensorFailed: { name: 'sensor_failures', help: 'Sensor failures.', by: one, labels: (h) => ({ sensor: h.sensor }) },
  engineRequestFailed: { name: 'engine_requests_failed', help: 'Engine requests that failed.', by: one, labels: none },
  containerDiffed: {
    name: 'container_diff_seconds',
    help: 'Time that diffs of containers took, asking the engine and looking at files.',
    by: (h) => h.milliseconds / 1_000,
    labels: none,
  },
  observationsAnalyzed: { name: 'observations_analyzed', help: 'Observations analyzed.', by: counted, labels: none },
  duplicatesDropped: { name: 'duplicates_dropped', help: 'Observations known already.', by: counted, labels: none },
  findingsMade: {
    name: 'findings',
    help: 'Findings, by severity and kind.',
    by: counted,
    labels: (h) => ({ severity: h.severity, kind: h.kind }),
  },
  rulesLoaded: { name: 'rule_loads', help: 'Times rules were loaded.', by: one, labels: none },
  rulesReloaded: { name: 'rule_reloads', help: 'Times other rules were taken into use.', by: one, labels: none },
  rulesReloadFailed: {
    name: 'rule_reload_failures',
    help: 'Times changed rules could not be loaded.',
    by: one,
    labels: none,
  },
  ruleFileKept: { name: 'rule_files_kept', help: 'Rule files kept in an older version.', by: one, labels: none },
  ruleFilesUnreadable: {
    name: 'rule_files_unreadable',
    help: 'Rule files that the analyzer could read as root alone.',
    by: (h) => h.count,
    labels: none,
  },
  ruleRejected: { name: 'rules_rejected', help: 'Rule documents refused.', by: one, labels: none },
  ruleFailed: { name: 'rule_failures', help: 'Rules that failed.', by: one, labels: (h) => ({ rule: h.rule }) },
  matchHidden: {
    name: 'matches_hidden',
    help: 'Matches of rules that a filter hides.',
    by: one,
    labels: (h) => ({ rule: h.rule, filter: h.filter }),
    // One filter may hide thousands of rules; how many it hides in all is what its author is told.
    coarse: (h) => ({ rule: 'other', filter: h.filter }),
  },
  sequenceInexact: {
    name: 'sequence_inexact',
    help: 'Events of which a sequence could not take account in full.',
    by: counted,
    labels: (h) => ({ rule: h.rule, reason: h.reason }),
  },
  stateUnknown: {
    name: 'starts_without_state',
    help: 'Starts at which the state before could not be read.',
    by: one,
    labels: none,
  },
  ruleSetsDiffer: { name: 'rule_sets_differ', help: 'Times rule sets of one group differed.', by: one, labels: none },
  decisionAnswered: {
    name: 'decisions_answered',
    help: 'Decisions that were obeyed or refused.',
    by: one,
    labels: (h) => ({ result: h.result, order: h.order }),
  },
  stateEvicted: {
    name: 'state_evicted',
    help: 'Entries forgotten because a bounded memory was full.',
    by: counted,
    labels: (h) => ({ state: h.part }),
  },
  recordRejected: {
    name: 'records_rejected',
    help: 'Records that could not be read or processed.',
    by: one,
    labels: (h) => ({ topic: h.topic }),
  },
  batchFailed: { name: 'batch_failures', help: 'Batches that failed.', by: one, labels: (h) => ({ topic: h.topic }) },
  busSessionLost: {
    name: 'bus_sessions_lost',
    help: 'Partition sessions lost.',
    by: one,
    labels: (h) => ({ topic: h.topic }),
  },
  busSessionRegained: {
    name: 'bus_sessions_regained',
    help: 'Times partitions were read again after sessions were lost.',
    by: one,
    labels: (h) => ({ topic: h.topic }),
  },
  logUnreachable: {
    name: 'log_unreachable',
    help: 'Times the log could not be opened, by another reason.',
    by: one,
    labels: none,
  },
  logReached: { name: 'log_reached', help: 'Times the log was opened after it could not be.', by: one, labels: none },
  spoolStarted: { name: 'spool_starts', help: 'Times observations began to wait on disk.', by: one, labels: none },
  spoolDrained: {
    name: 'spool_drained_records',
    help: 'Records that waited on disk and were sent.',
    by: (h) => h.count,
    labels: none,
  },
  spoolFailed: {
    name: 'spool_failures',
    help: 'Troubles of what waits on disk, by another reason.',
    by: one,
    labels: none,
  },
  spoolDamaged: { name: 'spool_damages', help: 'Damaged spools that were moved aside.', by: one, labels: none },
  topicDiffers: {
    name: 'topics_differ',
    help: 'Topics found with other settings than ours.',
    by: one,
    labels: (h) => ({ topic: h.topic }),
  },
  topicsUnseen: {
    name: 'topics_unseen',
    help: 'Topics whose settings could not be compared with ours, because this user may not see them.',
    by: (h) => h.topics.length,
    labels: none,
  },
  busPositionMissing: {
    name: 'bus_positions_missing',
    help: 'Partitions begun at their oldest record, because the group had no position there.',
    by: one,
    labels: (h) => ({ topic: h.topic }),
  },
  busGap: {
    name: 'bus_records_lost',
    help: 'Records that retention removed unread.',
    by: (h) => h.lost,
    labels: (h) => ({ topic: h.topic }),
  },
  incidentUpdated: {
    name: 'incident_updates',
    help: 'Incident updates, by change and severity.',
    by: one,
    labels: (h) => ({ change: h.change, severity: h.severity }),
  },
  delivered: { name: 'deliveries', help: 'Messages delivered.', by: one, labels: (h) => ({ sink: h.sink }) },
  deliveryRetried: {
    name: 'delivery_retries',
    help: 'Messages that a sink did not take yet.',
    by: one,
    labels: (h) => ({ sink: h.sink }),
  },
  deliveryRefused: {
    name: 'deliveries_refused',
    help: 'Messages refused for good.',
    by: one,
    labels: (h) => ({ sink: h.sink }),
  },
  deliveryLeftOut: {
    name: 'deliveries_left_out',
    help: 'Messages that no route leads to a sink.',
    by: one,
    labels: (h) => ({ sink: h.sink }),
  },
  feedListening: { name: 'feed_starts', help: 'Times the feed began to listen.', by: one, labels: none },
  feedRefused: { name: 'feed_refusals', help: 'Feed clients refused.', by: one, labels: none },
  feedClientSlow: {
    name: 'feed_messages_dropped',
    help: 'Feed messages left out for slow clients.',
    by: (h) => h.dropped,
    labels: none,
  },
  standstill: {
    name: 'standstills',
    help: 'Times a sink or a partition of a stage stood still.',
    by: one,
    labels: none,
  },
  standstillOver: { name: 'standstills_ended', help: 'Standstills that are over.', by: one, labels: none },
  watchFailed: {
    name: 'watch_failures',
    help: 'Times it could not be seen whether a group moves.',
    by: one,
    labels: (h) => ({ group: h.group }),
  },
  statusFailed: {
    name: 'status_failures',
    help: 'Times a process could not write its status.',
    by: one,
    labels: (h) => ({ part: h.part }),
  },
  processStarted: { name: 'process_starts', help: 'Process starts.', by: one, labels: none },
  monitorExited: { name: 'monitor_exits', help: 'Times the monitor ended by itself.', by: one, labels: none },
  privilegesKept: { name: 'privileges_kept', help: 'Starts without separation of privileges.', by: one, labels: none },
  stopping: { name: 'stops', help: 'Stops.', by: one, labels: none },
  stopIncomplete: { name: 'stops_incomplete', help: 'Stops that did not end cleanly.', by: one, labels: none },
};

/** Names and help of all counters, of which a process shows those that counted something. */
export const counterFamilies: readonly { readonly name: string; readonly help: string }[] = Object.values(table).map(
  ({ name, help }: { readonly name: string; readonly help: string }) => ({ name: `moorwatch_${name}_total`, help }),
);

/** A metric may have so many label sets; what is beyond is counted under `other`, so that no attacker can fill our memory with names. */
const maxSeries = 200;

/** Plain numbers, counted as things happen. */
export interface Counters {
  count(happening: Happening): void;
  read(): readonly Metric[];
}

export function createCounters(): Counters {
  const series = new Map<string, { metric: Omit<Metric, 'value'>; value: number }>();
  const perName = new Map<string, number>();

  /** False: there is no such series, and no room for one among so many. */
  const addWithin = (room: number, metric: Omit<Metric, 'value'>, by: number): boolean => {
    const key = `${metric.name}${JSON.stringify(metric.attributes)}`;
    const known = series.get(key);
    const size = perName.get(metric.name) ?? 0;
    if (known === undefined && size >= room) return false;
    if (known === undefined) {
      perName.set(metric.name, size + 1);
      series.set(key, { metric, value: by });
    } else known.value += by;
    return true;
  };

  return {
    count(happening) {
      // See logOf: the table pairs each name with its own happening.
      const rule = table[happening.name] as CounterRule<Happening>;
      const name = `moorwatch_${rule.name}_total`;
      const fine = rule.labels(happening);
      const coarse = rule.coarse?.(happening);
      const other = Object.fromEntries(Object.keys(fine).map((label) => [label, 'other']));
      const metric = (attributes: Metric['attributes']) => ({
        name,
        help: rule.help,
        type: 'counter' as const,
        attributes,
      });
      const by = rule.by(happening);
      if (addWithin(coarse === undefined ? maxSeries : maxSeries / 2, metric(fine), by)) return;
      if (coarse !== undefined && addWithin(maxSeries, metric(coarse), by)) return;
      addWithin(Number.POSITIVE_INFINITY, metric(other), by);
    },
    read: () => [...series.values()].map(({ metric, value }) => ({ ...metric, value })),
  };
}

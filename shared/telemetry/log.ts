import type { Happening } from './happenings.ts';

/** `error`: something was lost or a person is needed; `warn`: nothing was lost; `info`: a state changed; `debug`: for who asks; `none`: counted only. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'none';

interface LogRule<H> {
  readonly level: LogLevel | ((happening: H) => LogLevel);
  readonly sentence: (happening: H) => string;
}

type LogTable = { readonly [N in Happening['name']]: LogRule<Extract<Happening, { name: N }>> };

const inexact = {
  late: 'came too late and were not counted',
  saturated: 'came while more was in their window than is kept: it counts approximately',
  cut: 'have more values than are looked at',
};

/** Level and sentence of everything that can happen. Strings inside are not escaped yet: the log sink does it. */
const table: LogTable = {
  engineFound: {
    level: 'info',
    sentence: (h) => `watching the engine at ${h.endpoint} (${h.how}), version ${h.version}, API ${h.api}`,
  },
  engineUnreachable: {
    level: 'error',
    sentence: (h) => `no engine at ${h.endpoint}: ${h.reason}; nothing is seen until it answers: ${h.fix}`,
  },
  // A socket proxy cuts long streams as a matter of course (haproxy: every 10 minutes); the cursor brings back what was missed.
  engineStreamEnded: { level: 'debug', sentence: (h) => `the event stream ended and is opened again: ${h.reason}` },
  observationsAppended: { level: 'none', sentence: (h) => `${h.count} ${h.kind} observations appended` },
  observationDropped: { level: 'error', sentence: (h) => `${h.count} observations dropped: ${h.reason}` },
  eventMalformed: { level: 'error', sentence: (h) => `the engine sent what cannot be read at ${h.place}: ${h.reason}` },
  dnsMalformed: { level: 'none', sentence: (h) => `${h.count} messages look like questions to the DNS and are none` },
  destinationNameDropped: { level: 'none', sentence: (h) => `${h.count} names of destinations dropped: ${h.reason}` },
  dnsUnattributed: { level: 'none', sentence: (h) => `${h.count} questions to the DNS are nobody’s: ${h.reason}` },
  gapOpened: { level: 'error', sentence: (h) => `blind spot (${h.reason}): ${h.text}` },
  sensorStarted: { level: 'debug', sentence: (h) => `sensor ${h.sensor} started` },
  sensorUnavailable: { level: 'warn', sentence: (h) => `sensor ${h.sensor} cannot work here: ${h.reason}` },
  sensorFailed: { level: 'error', sentence: (h) => `sensor ${h.sensor} failed and is started again: ${h.reason}` },
  containerDiffed: { level: 'debug', sentence: (h) => `a container’s diff took ${h.milliseconds} ms` },
  engineRequestFailed: { level: 'debug', sentence: (h) => `${h.request} failed: ${h.reason}` },
  logUnreachable: { level: 'error', sentence: (h) => `the log cannot be reached: ${h.reason}; trying again: ${h.fix}` },
  logReached: { level: 'info', sentence: () => 'the log is reached' },
  spoolStarted: { level: 'warn', sentence: () => 'the brokers do not answer: what is observed waits on disk' },
  spoolDrained: {
    level: 'info',
    sentence: (h) => `the brokers have all ${h.count} records that waited on disk (sent in ${h.seconds} s)`,
  },
  spoolFailed: { level: 'error', sentence: (h) => `what waits for the brokers: ${h.reason}` },
  spoolDamaged: {
    level: 'error',
    sentence: (h) => `the spool was damaged (${h.reason}) and is now ${h.aside}; what waited in it is lost`,
  },
  observationsAnalyzed: { level: 'none', sentence: (h) => `${h.count} observations analyzed` },
  duplicatesDropped: { level: 'none', sentence: (h) => `${h.count} observations were known already` },
  findingsMade: { level: 'none', sentence: (h) => `${h.count} ${h.severity} findings (${h.kind})` },
  rulesLoaded: {
    level: (h) => (h.rejected > 0 ? 'error' : 'info'),
    sentence: (h) =>
      `${h.rules} rules loaded (${h.hash.slice(0, 12)})${h.rejected > 0 ? `, ${h.rejected} refused: see \`moorwatch rules list\`` : ''}`,
  },
  rulesReloaded: {
    level: (h) => (h.rejected > 0 ? 'warn' : 'info'),
    sentence: (h) =>
      `rules changed: ${h.added} added, ${h.removed} removed, ${h.changed} changed; ${h.rules} in use (${h.hash.slice(0, 12)})${h.rejected > 0 ? `, ${h.rejected} refused: see \`moorwatch rules list\`` : ''}`,
  },
  rulesReloadFailed: {
    level: 'error',
    sentence: (h) => `the rules could not be loaded again, those before stay in use: ${h.reason}`,
  },
  ruleFileKept: {
    level: 'warn',
    sentence: (h) =>
      `of ${h.file} an older version stays in use (rules: ${h.rules}, read at ${new Date(h.since).toISOString()}); mend the file`,
  },
  ruleFilesUnreadable: {
    level: 'warn',
    sentence: (h) =>
      `rule files that only root may read: ${h.count}, such as ${h.example}; changes of them are not taken up until the next start; let the user that the monitor runs as read them (chmod o+r)`,
  },
  ruleRejected: { level: 'error', sentence: (h) => `rule refused at ${h.place}: ${h.reason}` },
  ruleFailed: { level: 'error', sentence: (h) => `rule ${h.rule} failed on an observation: ${h.reason}` },
  matchHidden: { level: 'debug', sentence: (h) => `rule ${h.rule} matched and is hidden by filter ${h.filter}` },
  sequenceInexact: { level: 'warn', sentence: (h) => `sequence ${h.rule}: ${h.count} events ${inexact[h.reason]}` },
  stateUnknown: {
    level: 'warn',
    sentence: (h) => `neither brokers nor a copy of ${h.topic} could be asked: going on as on a first start`,
  },
  ruleSetsDiffer: {
    level: 'error',
    sentence: (h) => `analyzers of one group have different rule sets: mine ${h.mine}, others ${h.others}`,
  },
  decisionAnswered: {
    level: 'info',
    sentence: (h) => `decision of ${h.by} ${h.result}: ${h.text}`,
  },
  stateEvicted: {
    level: 'warn',
    sentence: (h) => `${h.count} entries of ${h.part} were forgotten because its memory is full`,
  },
  recordRejected: {
    level: 'error',
    sentence: (h) => `a record of ${h.topic} at ${h.place} went to \`rejected\`: ${h.reason}`,
  },
  batchFailed: {
    level: 'warn',
    sentence: (h) => `attempt ${h.attempt} at a batch of ${h.topic}/${h.partition} failed: ${h.reason}`,
  },
  busSessionLost: {
    // An outage is told once for each reason, and its end with how often it was tried.
    level: (h) => (h.ends === true ? 'error' : h.again === undefined ? 'warn' : 'debug'),
    sentence: (h) => {
      const what = `lost the session on ${h.topic}${h.partition === undefined ? '' : `/${h.partition}`}`;
      return `${what}, ${h.ends === true ? 'and this process ends' : 'taking it up again'}: ${h.reason}`;
    },
  },
  busSessionRegained: {
    level: 'info',
    sentence: (h) =>
      `reading ${h.topic} again after ${h.seconds} s (lost ${h.failures === 1 ? 'once' : `${h.failures} times`})`,
  },
  topicDiffers: {
    level: 'warn',
    sentence: (h) => `topic ${h.topic} has ${h.setting} ${h.actual} where ${h.expected} is meant; it is used as it is`,
  },
  topicsUnseen: {
    level: 'info',
    sentence: (h) => `whether settings differ is not known: this user may not see those of ${h.topics.join(', ')}`,
  },
  busPositionMissing: {
    level: 'info',
    sentence: (h) =>
      `no position on ${h.topic}/${h.partition} (new, or forgotten by the broker): ${h.records} records are read, from the oldest (${h.from})`,
  },
  busGap: {
    level: 'error',
    sentence: (h) => `retention removed ${h.lost} records of ${h.topic}/${h.partition} before they were read`,
  },
  incidentUpdated: { level: 'none', sentence: (h) => `incident ${h.change} (${h.severity})` },
  delivered: { level: 'none', sentence: (h) => `delivered to ${h.sink}` },
  deliveryRetried: {
    level: 'warn',
    sentence: (h) => `sink ${h.sink} did not take a message, again in ${h.afterMs} ms: ${h.reason}`,
  },
  deliveryRefused: {
    level: 'error',
    sentence: (h) => `sink ${h.sink} refused incident ${h.incident}, it was parked in \`rejected\`: ${h.reason}`,
  },
  deliveryLeftOut: { level: 'none', sentence: (h) => `no route leads to ${h.sink}` },
  feedListening: { level: 'info', sentence: (h) => `the feed listens at ${h.url}` },
  feedRefused: { level: 'debug', sentence: (h) => `the feed refused a client: ${h.reason}` },
  feedClientSlow: {
    level: 'warn',
    sentence: (h) => `a feed client is slow: ${h.dropped} messages left out, told it so`,
  },
  standstill: { level: 'warn', sentence: (h) => h.what },
  standstillOver: { level: 'info', sentence: (h) => `it goes on: ${h.what}` },
  watchFailed: {
    level: (h) => ((h.again ?? 0) > 0 ? 'debug' : 'warn'),
    sentence: (h) => `it cannot be seen whether the group ${h.group} moves: ${h.reason}`,
  },
  statusFailed: {
    level: (h) => ((h.again ?? 0) > 0 ? 'debug' : 'warn'),
    sentence: (h) => `the status of the ${h.part} could not be written: ${h.reason}`,
  },
  processStarted: { level: 'debug', sentence: (h) => `${h.part} runs as ${h.user}` },
  monitorExited: {
    level: 'warn',
    sentence: (h) =>
      `the monitor ended (${h.code}) and is started again in ${h.restartMs} ms; the log keeps what happens`,
  },
  privilegesKept: { level: 'warn', sentence: (h) => `the monitor is not separated from the collector: ${h.reason}` },
  stopping: { level: 'info', sentence: (h) => `stopping: ${h.reason}` },
  stopIncomplete: { level: 'error', sentence: (h) => `did not stop cleanly: ${h.step}` },
};

/** How this happening is logged. */
export function logOf(happening: Happening): { level: LogLevel; sentence: string } {
  // The table's type says that each name has the rule of its own happening; the compiler cannot follow that through an index.
  const rule = table[happening.name] as LogRule<Happening>;
  const level = typeof rule.level === 'function' ? rule.level(happening) : rule.level;
  return { level, sentence: rule.sentence(happening) };
}

import { escapeControl } from '../../shared/escape.ts';
import type { Severity } from '../../shared/finding.ts';
import type { Happening } from '../../shared/telemetry/happenings.ts';
import type { LogSink } from '../../shared/telemetry/log-sink.ts';
import type { MonitorReport } from './messages.ts';

/** What the collector has told about itself so far. */
export interface Sight {
  readonly engine: Extract<Happening, { name: 'engineFound' | 'engineUnreachable' }> | undefined;
  /** Sensor name → undefined when it runs, else what stops it. */
  readonly sensors: ReadonlyMap<string, string | undefined>;
}

/**
 * Listens to the collector's happenings until the banner is printed: what the banner says is not logged as well. Afterwards every
 * happening is a log line as usual, but an engine that stays away is one line, not one for each attempt.
 */
export interface Watch {
  readonly log: LogSink;
  sight(): Sight;
  /** Resolves when the engine was found or is known to be away. */
  readonly engineKnown: Promise<void>;
  /** The banner was printed. */
  announced(): void;
}

const saidByBanner = new Set<Happening['name']>([
  'engineFound',
  'engineUnreachable',
  'sensorStarted',
  'sensorUnavailable',
  'privilegesKept',
]);

export function watchStart(log: LogSink): Watch {
  const sensors = new Map<string, string | undefined>();
  let engine: Sight['engine'];
  let told = false;
  let known = (): void => undefined;
  const engineKnown = new Promise<void>((resolve) => {
    known = resolve;
  });
  return {
    log: {
      write(line) {
        const { happening } = line;
        if (happening.name === 'sensorStarted') sensors.set(happening.sensor, undefined);
        if (happening.name === 'sensorUnavailable') sensors.set(happening.sensor, happening.reason);
        const stillAway =
          happening.name === 'engineUnreachable' &&
          engine?.name === 'engineUnreachable' &&
          engine.reason === happening.reason;
        if (happening.name === 'engineFound' || happening.name === 'engineUnreachable') {
          engine = happening;
          known();
        }
        if (stillAway || (!told && saidByBanner.has(happening.name))) return;
        log.write(line);
      },
    },
    sight: () => ({ engine, sensors }),
    engineKnown,
    announced: () => {
      told = true;
    },
  };
}

export interface BannerFacts {
  readonly version: string;
  readonly sight: Sight;
  /** Tier → full | partial | none, as the collector tells it. */
  readonly coverage: Readonly<Record<string, string>>;
  readonly monitor: MonitorReport;
  readonly log: string;
  /** Why the two processes are not separated; undefined when they are. */
  /** Least severity that is printed. */
  readonly printFrom: Severity;
  readonly unseparated: string | undefined;
}

/** What `up` says when it is ready: what it watches, what it can see, where to ask. */
export function bannerLines(facts: BannerFacts): readonly string[] {
  const { version, sight, coverage, monitor, log, unseparated } = facts;
  const rejected =
    monitor.rejectedRules === 0 ? '' : `, ${monitor.rejectedRules} refused: see \`moorwatch rules list\``;
  return [
    `moorwatch ${version}`,
    ...engineLines(sight.engine),
    ...coverageLines(sight, coverage),
    `  rules     ${monitor.rules} loaded${rejected}`,
    `  feed      ${monitor.url}, token in ${monitor.tokenFile}`,
    `  log       ${log}`,
    unseparated === undefined
      ? `  monitor   runs as ${monitor.user}, without the engine socket`
      : `  monitor   not separated: ${unseparated}`,
    sight.engine?.name === 'engineFound'
      ? `watching; incidents ${facts.printFrom === 'informational' ? '' : `of severity ${facts.printFrom} and above `}are printed as they happen`
      : 'waiting for the engine; nothing is seen until it answers',
  ].map((line) => escapeControl(line, 600));
}

function engineLines(engine: Sight['engine']): readonly string[] {
  if (engine === undefined) return ['  engine    not known yet'];
  if (engine.name === 'engineFound')
    return [`  engine    ${engine.endpoint} (${engine.how}), version ${engine.version}, API ${engine.api}`];
  return [`  engine    none at ${engine.endpoint}: ${engine.reason}`, `            ${engine.fix}`];
}

function coverageLines({ engine, sensors }: Sight, coverage: BannerFacts['coverage']): readonly string[] {
  if (engine?.name !== 'engineFound') return [];
  const tiers = Object.entries(coverage).map(([tier, seen]) => `${tier} ${seen}`);
  const missing = [...sensors].filter(([, reason]) => reason !== undefined);
  return [`  coverage  ${tiers.join(' · ')}`, ...missing.map(([name, reason]) => `  not seen  ${name}: ${reason}`)];
}

import { z } from 'zod';
import { clip } from '../../shared/clip.ts';
import { collectorPrefix } from '../../shared/collector-key.ts';
import {
  allWithheld,
  forgerLines,
  type NamesWithheld,
  namesWithheldSchema,
  withheldFix,
  withheldText,
} from '../../shared/names-withheld.ts';
import { type Standstill, standstillFix, standstillSchema, standstillText } from '../../shared/standstill.ts';
import { timeText } from '../time.ts';
import { type Attention, type CanaryBound, missedCanaries, sinkSchema } from './canaries.ts';

const metrics = z.array(z.unknown()).default([]);
const common = { rss: z.number().optional(), metrics };
const collectorSchema = z.object({
  part: z.literal('collector'),
  ...common,
  connected: z.boolean(),
  host: z.object({ id: z.string(), name: z.string() }).optional(),
  engine: z.string().optional(),
  problem: z.object({ reason: z.string(), fix: z.string() }).optional(),
  sensors: z.record(z.string(), z.string()),
  /** Since when those do not run that did, ms. */
  stoppedSensors: z.record(z.string(), z.number()).default({}),
  coverage: z.record(z.string(), z.string()),
  missing: z.array(z.string()),
  running: z.number().default(0),
  /** Its last word, when it was stopped in order. */
  stopped: z.boolean().default(false),
  names: namesWithheldSchema.optional().catch(undefined),
  log: z.object({ spooled: z.number() }).partial().optional(),
});
const analyzerSchema = z.object({
  part: z.literal('analyzer'),
  ...common,
  rules: z.object({ loaded: z.number(), rejectedCount: z.number().default(0), keptCount: z.number().default(0) }),
  ruleSet: z.string(),
  partitions: z.array(z.number()),
});
const alertingSchema = z.object({
  part: z.literal('alerting'),
  ...common,
  url: z.string(),
  sinks: z.array(sinkSchema),
});
const partSchema = z.discriminatedUnion('part', [collectorSchema, analyzerSchema, alertingSchema]);

const metricSchema = z.object({
  name: z.string(),
  value: z.number(),
  attributes: z.record(z.string(), z.string()).default({}),
});

/** A process as the topic `status` knows it. */
export interface Said {
  readonly process: string;
  readonly silentMs: number;
  readonly gone: boolean;
  readonly status: unknown;
}

export interface StatusLine {
  readonly process: string;
  readonly part: 'collector' | 'analyzer' | 'alerting';
  readonly state: 'ok' | 'attention';
  readonly text: string;
}

/** What a host's collector does not see in full as it is configured, or can be: `procfs partial`. */
export interface Unseen {
  readonly host: string;
  readonly tiers: readonly string[];
}

export interface StatusSummary {
  readonly lines: readonly StatusLine[];
  readonly attention: readonly Attention[];
  readonly unseen: readonly Unseen[];
}

/** Behind by more than these, a process does not keep up. */
const muchBehind = 10_000;
/** What a person must know of all processes: whether anything is blind, silent, behind or not delivered. */
export function summaryOf(processes: readonly Said[], canary: CanaryBound): StatusSummary {
  const parts = processes.flatMap((said) => {
    const { data } = partSchema.safeParse(said.status);
    return data === undefined ? [] : [{ said, part: data }];
  });
  const lines = parts.map(({ said, part }): StatusLine => {
    const found = foundIn(said, part);
    const state = found.length === 0 ? 'ok' : 'attention';
    return { process: said.process, part: part.part, state, text: textOf(part) };
  });
  const attention = parts.flatMap(({ said, part }) => foundIn(said, part));
  const standing = processes.flatMap(({ status }) => standstillSchema.safeParse(status).data ?? []);
  const live = parts.filter(({ said, part }) => !said.gone && !isStopped(part)).map(({ part }) => part);
  return {
    lines,
    unseen: live.flatMap(unseenBy),
    attention: [
      ...attention,
      ...standing.map(standsStill),
      ...missedCanaries(
        live.flatMap((part) => (part.part === 'alerting' ? part.sinks : [])),
        canary,
      ),
      ...missingParts(live),
      ...differentRules(live),
    ],
  };
}

type Part = z.infer<typeof partSchema>;

/** Nobody expects anything of it: others that stop in order withdraw what they said. */
const isStopped = (part: Part): boolean => part.part === 'collector' && part.stopped;

/** Nothing is imported yet by anybody: that this is not seen says nothing of a host. */
function unseenBy(part: Part): readonly Unseen[] {
  if (part.part !== 'collector') return [];
  const tiers = Object.entries(part.coverage).flatMap(([tier, state]) =>
    tier === 'imported' || state === 'full' ? [] : [`${tier} ${state}`],
  );
  return tiers.length === 0 ? [] : [{ host: part.host?.name ?? 'no host yet', tiers }];
}

const mostUnseen = 5;

/** One sentence when nothing needs attention: what that is true of, and what nobody looks at. */
export function wellText(unseen: readonly Unseen[]): string {
  if (unseen.length === 0) return 'everything sees, judges and tells';
  const named = unseen.slice(0, mostUnseen).map(({ host, tiers }) => `${clip(host, 80)} (${tiers.join(', ')})`);
  const more = unseen.length > mostUnseen ? ` and ${unseen.length - mostUnseen} hosts more` : '';
  return `all that is switched on sees, judges and tells; not seen in full: ${named.join(', ')}${more}; see \`moorwatch coverage\``;
}

function foundIn(said: Said, part: Part): readonly Attention[] {
  if (isStopped(part)) return [];
  return said.gone ? [silent(said)] : attentionOf(said, part);
}

function textOf(part: Part): string {
  switch (part.part) {
    case 'collector': {
      if (part.stopped) return `${part.host?.name ?? 'no host yet'}: stopped in order, nothing is watched there`;
      const tiers = Object.entries(part.coverage).map(([tier, state]) => `${tier} ${state}`);
      const names = part.names === undefined ? '' : `; ${withheldText(part.names)} (moorwatch doctor)`;
      return `${part.host?.name ?? 'no host yet'}: ${part.running} containers run; ${tiers.join(', ')}${names}`;
    }
    case 'analyzer':
      return `${part.rules.loaded} rules, ${part.partitions.length} partitions, ${metricOf(part, 'analyzer_lag_records')} records wait`;
    case 'alerting':
      return `${part.url}; ${part.sinks.length} sinks, ${part.sinks.reduce((sum, { backlog }) => sum + backlog, 0)} updates wait for one`;
  }
}

function attentionOf(said: Said, part: Part): readonly Attention[] {
  const { process } = said;
  switch (part.part) {
    case 'collector':
      return collectorAttention(process, part);
    case 'analyzer':
      return [
        ...lagAttention(process, metricOf(part, 'analyzer_lag_records'), 'observations'),
        ...(part.rules.rejectedCount === 0
          ? []
          : [
              {
                process,
                what: `${part.rules.rejectedCount} rules are not in use: they were refused`,
                fix: 'moorwatch rules lint',
              },
            ]),
        ...(part.rules.keptCount === 0
          ? []
          : [
              {
                process,
                what: `${part.rules.keptCount} rule files are used in an older version`,
                fix: 'moorwatch rules lint',
              },
            ]),
      ];
    case 'alerting':
      return [
        ...lagAttention(process, metricOf(part, 'alerting_lag_records'), 'findings or updates'),
        ...part.sinks
          .filter(({ state }) => state === 'retrying')
          .map(({ name, backlog, lastError }) => ({
            process,
            what: `the sink ${name} does not deliver, ${backlog} updates wait: ${lastError ?? 'it says no reason'}`,
            fix: `moorwatch sinks test ${name}`,
          })),
      ];
  }
}

const standsStill = (standstill: Standstill): Attention => ({
  process: standstill.of,
  what: standstillText(standstill),
  fix: standstillFix(standstill.of),
});

function collectorAttention(process: string, part: z.infer<typeof collectorSchema>): readonly Attention[] {
  const stopped = Object.entries(part.sensors).filter(
    ([sensor, state]) => state === 'failed' || part.stoppedSensors[sensor] !== undefined,
  );
  return [
    ...(part.connected
      ? []
      : [
          {
            process,
            what: `no engine: ${part.problem?.reason ?? 'not connected yet'}`,
            fix: part.problem?.fix ?? 'moorwatch doctor',
          },
        ]),
    ...stopped.map(([sensor, state]) => ({
      process,
      what: `the sensor ${sensor} ${stoppedText(state, part.stoppedSensors[sensor])}: what it sees is not seen`,
      fix: 'moorwatch coverage, and the log of the collector',
    })),
    ...namesAttention(process, part.names),
  ];
}

/** That some have no names is said beside; a sensor that runs for nothing is something to mend. */
const namesAttention = (process: string, names: NamesWithheld | undefined): readonly Attention[] =>
  names === undefined || !allWithheld(names)
    ? []
    : [
        {
          process,
          what: `the sensor dns-answers runs in vain: ${withheldText(names)}: ${forgerLines(names).join('; ')}`,
          fix: withheldFix(names),
        },
      ];

function stoppedText(state: string, since: number | undefined): string {
  if (since === undefined) return state;
  return `ran until ${timeText(since)} and is ${state} now`;
}

const lagAttention = (process: string, behind: number, what: string): readonly Attention[] =>
  behind <= muchBehind
    ? []
    : [
        {
          process,
          what: `${behind} ${what} wait: it does not keep up`,
          fix: 'give it more CPU, or start another of its kind (bus: kafka)',
        },
      ];

const silent = ({ process, silentMs }: Said): Attention => ({
  process,
  what: `has said nothing for ${Math.round(silentMs / 60_000)} min: it ended, or does not reach the log`,
  fix: `look whether it runs, and at its log; \`moorwatch doctor\` where it runs${
    process.startsWith(collectorPrefix)
      ? '; if that host is gone for good: `moorwatch status forget HOST --reason …`'
      : ''
  }`,
});

/** A part that nobody is, is a chain that is broken. */
function missingParts(live: readonly Part[]): readonly Attention[] {
  const there = new Set(live.map(({ part }) => part));
  return (['collector', 'analyzer', 'alerting'] as const)
    .filter((part) => !there.has(part))
    .map((part) => ({
      process: part,
      what: 'none runs',
      fix: `start it: moorwatch ${part}, or all of them with moorwatch up`,
    }));
}

function differentRules(live: readonly Part[]): readonly Attention[] {
  const sets = new Set(live.flatMap((part) => (part.part === 'analyzer' ? [part.ruleSet] : [])));
  return sets.size < 2
    ? []
    : [
        {
          process: 'analyzer',
          what: `the analyzers judge by ${sets.size} different rule sets`,
          fix: 'give all of them the same version and rules',
        },
      ];
}

/** The sum of a metric over its attributes. */
function metricOf({ metrics: all }: Part, name: string): number {
  return all.reduce<number>((sum, metric) => {
    const { data } = metricSchema.safeParse(metric);
    return data?.name === `moorwatch_${name}` || data?.name === name ? sum + data.value : sum;
  }, 0);
}

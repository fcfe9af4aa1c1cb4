import { z } from 'zod';
import { canaryPatienceMs } from '../../shared/canary.ts';
import { clip } from '../../shared/clip.ts';

/** Hosts whose canaries pass through an alerting and have not come for too long: some by name, since when, and how many more. */
export const overdueSchema = z.object({
  hosts: z.array(z.object({ id: z.string(), name: z.string(), since: z.number() })),
  more: z.number(),
});

/** What an alerting says of one of its sinks. */
export const sinkSchema = z.object({
  name: z.string(),
  type: z.string(),
  state: z.string(),
  backlog: z.number(),
  lastError: z.string().optional(),
  since: z.number().optional(),
  canary: z.object({ at: z.number(), logged: z.number().optional() }).optional(),
  overdue: overdueSchema.optional(),
});
type SinkSaid = z.infer<typeof sinkSchema>;

/** Something that keeps Moorwatch from seeing or telling. */
export interface Attention {
  readonly process: string;
  readonly what: string;
  readonly fix: string;
}

/** When canaries are due, and what time it is, ms. */
export interface CanaryBound {
  readonly everyMs: number;
  readonly now: number;
}

const mostHosts = 10;

/**
 * Sinks that no canary has reached for twice the time between two, in whichever alerting: on Kafka one instance may have no partition in which any
 * comes. Where none ever came, the time begins when the first of them did.
 */
export function missedCanaries(sinks: readonly SinkSaid[], { everyMs, now }: CanaryBound): readonly Attention[] {
  return [...new Set(sinks.map(({ name }) => name))].flatMap((name) => {
    const said = sinks.filter((sink) => sink.name === name);
    const last = lastWord(said);
    if (last === undefined || now - last <= canaryPatienceMs(everyMs)) return overdueCanaries(name, said, now);
    const minutes = Math.round((now - last) / 60_000);
    const what = `no canary has reached the sink ${name} for ${minutes} min: what happens may not be told`;
    return [{ process: 'alerting', what, fix: 'see what else stands here, and `moorwatch doctor` on each host' }];
  });
}

/** Hosts that are cut off although others are not; each instance says so of those whose canaries pass through it. */
function overdueCanaries(sink: string, said: readonly SinkSaid[], now: number): readonly Attention[] {
  const hosts = said.flatMap(({ overdue }) => overdue?.hosts ?? []).sort((a, b) => a.since - b.since);
  if (hosts.length === 0) return [];
  const more = said.reduce((sum, { overdue }) => sum + (overdue?.more ?? 0), Math.max(0, hosts.length - mostHosts));
  const named = hosts
    .slice(0, mostHosts)
    .map(({ name, since }) => `${clip(name, 80)} (${Math.round((now - since) / 60_000)} min)`)
    .join(', ');
  const others = more === 0 ? '' : ` and ${more} more`;
  const what = `no canary reaches the sink ${sink} from ${named}${others}: what happens there may not be told`;
  return [
    {
      process: 'alerting',
      what,
      fix: '`moorwatch doctor` on each of these hosts; of one that is gone for good: `moorwatch status forget HOST --reason …`',
    },
  ];
}

function lastWord(sinks: readonly SinkSaid[]): number | undefined {
  // What a collector has for the time may be minutes off.
  const came = sinks.flatMap(({ canary }) => canary?.logged ?? canary?.at ?? []);
  if (came.length > 0) return Math.max(...came);
  const began = sinks.flatMap(({ since }) => since ?? []);
  return began.length === 0 ? undefined : Math.min(...began);
}

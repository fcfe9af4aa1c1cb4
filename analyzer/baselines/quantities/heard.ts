import { z } from 'zod';
import type { HostRef, Observation } from '../../../shared/observation.ts';
import { cappedRef } from '../../capped.ts';
import { hourMs, hourOf, minuteMs } from './time.ts';

/** A heartbeat in each part of an hour, and no gap in it, say that whoever tells of the engine was there all the hour. */
const partMs = 10 * minuteMs;
const allParts = 2 ** (hourMs / partMs) - 1;
/** Of so many times without hearing the latest are remembered: of what was before the earliest of them nothing is said. */
const mostUnheard = 64;

/** Hours (since the epoch) from the first up to the second, that one not among them. */
const hoursSchema = z.tuple([z.number().int(), z.number().int()]).readonly();

/** In which hours a host's engine was listened to, as the log has it. */
export const heardSchema = z.object({
  host: z.object({ id: z.string(), name: z.string() }),
  /** Record time of the last change. */
  seen: z.number(),
  /** The first hour of which it is known. */
  since: z.number().int(),
  /** The hour that goes on, and a bit for each ten minutes of it in which there was a heartbeat. */
  hour: z.number().int(),
  parts: z.number().int(),
  /** Hours that were not heard from end to end: ascending, apart from each other. */
  unheard: z.array(hoursSchema).readonly(),
});
export type Heard = Readonly<z.infer<typeof heardSchema>>;
type Hours = z.infer<typeof hoursSchema>;

/** Sensors that tell what the engine does; each must run for its silence to mean something. */
const telling = ['lifecycle', 'exec', 'images'] as const;
const scopes: ReadonlySet<string> = new Set(['events', 'exec']);

/**
 * What a heartbeat, or a gap, says of whether its host is heard: silence is a sign of nothing to tell only where somebody was there to tell it. The
 * same object where it says nothing new.
 */
export function hearing(before: Heard | undefined, observation: Observation, now: number): Heard | undefined {
  const { kind, heartbeat, gap, host } = observation;
  const at = Math.min(observation.at, now);
  if (kind === 'gap' && gap !== undefined && before !== undefined) {
    const isOfEngine = gap.scope.some((one) => scopes.has(one));
    return isOfEngine ? deaf(before, [hourOf(gap.from), hourOf(Math.min(gap.to, now)) + 1], now) : before;
  }
  if (kind !== 'heartbeat' || heartbeat === undefined) return before;
  const known = before !== undefined && hourOf(at) >= before.hour - 24 ? before : begun(host, at, now);
  return tells(heartbeat.sensors) ? beaten(known, at, now) : deaf(known, [hourOf(at), hourOf(at) + 1], now);
}

const begun = (host: HostRef, at: number, now: number): Heard => ({
  host: cappedRef(host),
  seen: now,
  since: hourOf(at),
  hour: hourOf(at),
  parts: 0,
  unheard: [],
});

const tells = (sensors: Readonly<Record<string, string>> = {}): boolean =>
  telling.every((name) => sensors[name] === 'running') && (sensors.engine ?? 'running') === 'running';

function beaten(before: Heard, at: number, now: number): Heard {
  const hour = hourOf(at);
  const part = 1 << Math.floor((at - hour * hourMs) / partMs);
  if (hour < before.hour || (hour === before.hour && (before.parts & part) !== 0)) return before;
  if (hour === before.hour) return { ...before, seen: now, parts: before.parts | part };
  const from = before.parts === allParts ? before.hour + 1 : before.hour;
  return { ...(from === hour ? before : deaf(before, [from, hour], now)), seen: now, hour, parts: part };
}

function deaf(before: Heard, hours: Hours, now: number): Heard {
  const [from, to] = [Math.max(hours[0], before.since), hours[1]];
  if (from >= to || before.unheard.some((known) => known[0] <= from && to <= known[1])) return before;
  const isApart = (known: Hours): boolean => known[1] < from || known[0] > to;
  const joined = before.unheard.filter((known) => !isApart(known));
  const one: Hours = [Math.min(from, ...joined.map(([first]) => first)), Math.max(to, ...joined.map(([, end]) => end))];
  const all = [...before.unheard.filter(isApart), one].sort((a, b) => a[0] - b[0]);
  const [first] = all;
  // What was not heard at the beginning, or too long ago to remember, is before all that is known.
  const isForgotten = first !== undefined && (first[0] <= before.since || all.length > mostUnheard);
  return isForgotten
    ? { ...before, seen: now, since: first[1], unheard: all.slice(1) }
    : { ...before, seen: now, unheard: all };
}

/** How many of the hours up to one were heard from end to end. */
export function hoursHeard({ since, unheard }: Heard, [from, to]: Hours): number {
  const first = Math.max(from, since);
  const missed = unheard.map(([start, end]) => Math.max(0, Math.min(end, to) - Math.max(start, first)));
  return Math.max(0, to - first - missed.reduce((sum, one) => sum + one, 0));
}

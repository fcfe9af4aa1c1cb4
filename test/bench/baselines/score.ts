import { learningMs } from '../../support/simulator/simple/simple-baseline.ts';
import { hourMs, weekMs } from '../../support/simulator/times.ts';
import type { Alarm, Pass } from './pass.ts';

/** One seed: without intrusions, and with them and everything else alike. */
export interface Pair {
  readonly seed: number;
  readonly clean: Pass;
  readonly intruded: Pass;
}

/** False alarms of a method in the workloads of a family, after the first week. */
export interface FalseAlarms {
  readonly method: string;
  readonly family: string;
  /** For each workload and week. */
  readonly medium: number;
  readonly low: number;
}

/** How an intrusion was found by a method, in one seed. Hours from its beginning; absent: not at all. */
export interface Found {
  readonly seed: number;
  readonly method: string;
  readonly intrusion: string;
  readonly low?: { readonly hours: number; readonly by: string; readonly text: string };
  readonly medium?: { readonly hours: number; readonly by: string };
  /** Rank of the worst. */
  readonly worst?: number;
}

export const all = 'all';

export function falseAlarms(passes: readonly Pass[], method: string): readonly FalseAlarms[] {
  const families = [...new Set(passes.flatMap(({ simulation }) => simulation.workloads.map(({ family }) => family)))];
  return [...families, all].map((family) => {
    const weeks = weeksOf(passes, family);
    let [medium, low] = [0, 0];
    for (const { simulation, alarms } of passes) {
      const judgedFrom = simulation.from + learningMs;
      const members = new Set(
        simulation.workloads.flatMap((one) => (family === all || one.family === family ? one.ref.id : [])),
      );
      for (const alarm of alarms) {
        if (alarm.method !== method || alarm.at < judgedFrom || !members.has(alarm.workload)) continue;
        low += 1;
        if (alarm.rank >= 2) medium += 1;
      }
    }
    return { method, family, medium: weeks === 0 ? 0 : medium / weeks, low: weeks === 0 ? 0 : low / weeks };
  });
}

/** What is still told so long after its end may be its doing: a count of an hour is known when the hour is over. */
const graceMs = hourMs;
/** One that goes on for longer is found by what it is in alone: too much else happens in its time. */
const longestMs = 72 * hourMs;

/**
 * An alarm finds an intrusion when it is told of that workload, of an observation that the intrusion is in or within its time, and is not told
 * where nothing differs but that there is no intrusion.
 */
export function found({ seed, clean, intruded }: Pair, method: string): readonly Found[] {
  const without = new Set(clean.alarms.filter((alarm) => alarm.method === method).map(({ id }) => id));
  const alarms = intruded.alarms.filter((alarm) => alarm.method === method && !without.has(alarm.id));
  return intruded.simulation.truths.map(({ name, workload, from, to }) => {
    const isIts = (alarm: Alarm): boolean => {
      const tag = intruded.intruded.get(alarm.observation);
      const isWithin = to - from <= longestMs && alarm.at >= from && alarm.at <= to + graceMs;
      return alarm.workload === workload.id && (tag === undefined ? isWithin : tag === name);
    };
    const its = alarms.filter(isIts).sort((a, b) => a.at - b.at);
    const [low] = its;
    const medium = its.find(({ rank }) => rank >= 2);
    const hours = ({ at }: Alarm): number => (at - from) / hourMs;
    return {
      seed,
      method,
      intrusion: name,
      ...(low && { low: { hours: hours(low), by: low.by, text: low.text } }),
      ...(medium && { medium: { hours: hours(medium), by: medium.by } }),
      ...(low && { worst: Math.max(...its.map(({ rank }) => rank)) }),
    };
  });
}

/** How often one feature or quantity told something false of the workloads of a family. */
export interface Cause {
  readonly family: string;
  readonly by: string;
  /** For each workload and week. */
  readonly medium: number;
  readonly low: number;
  readonly example: string;
}

/** What the false alarms of a method come from, the most of medium or above first. */
export function causes(passes: readonly Pass[], method: string): readonly Cause[] {
  const sums = new Map<string, Cause>();
  for (const { simulation, alarms } of passes) {
    const familyOf = new Map(simulation.workloads.map(({ family, ref }) => [ref.id, family]));
    for (const { method: other, at, workload, rank, by, text } of alarms) {
      if (other !== method || at < simulation.from + learningMs) continue;
      const family = familyOf.get(workload) ?? '?';
      const weeks = weeksOf(passes, family);
      const before = sums.get(`${family} ${by}`) ?? { family, by, medium: 0, low: 0, example: text };
      const medium = before.medium + (rank >= 2 ? 1 / weeks : 0);
      sums.set(`${family} ${by}`, { ...before, medium, low: before.low + 1 / weeks, example: text });
    }
  }
  return [...sums.values()].sort((a, b) => b.medium - a.medium || b.low - a.low);
}

/** Workloads of a family times the weeks in which they are judged. */
function weeksOf(passes: readonly Pass[], family: string): number {
  return passes.reduce((sum, { simulation: { workloads, from, to } }) => {
    const members = workloads.filter((one) => family === all || one.family === family).length;
    return sum + members * Math.max(0, (to - from - learningMs) / weekMs);
  }, 0);
}

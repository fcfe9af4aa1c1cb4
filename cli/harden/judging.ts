import type { WorkloadUse } from '../../shared/harden/use.ts';
import type { Confidence, Proposed } from './proposal.ts';

/** From what is judged, and how much of it must be there. */
export interface Judging {
  readonly use: WorkloadUse;
  /** What is learned of where it connects to; absent: nothing. */
  readonly learned?: LearnedEgress | undefined;
  readonly minHours: number;
  /** Propose from what there is, however little. */
  readonly anyway: boolean;
}

export interface LearnedEgress {
  readonly steady: boolean;
  /** Why it still learns. */
  readonly missing: readonly string[];
  /** Destinations that were told as new or are held back, as the baseline has them (`keptText`). */
  readonly untrusted: ReadonlySet<string>;
  /** Where there was no room for all of them: those that are known. Others may have been told as new as well. */
  readonly known?: ReadonlySet<string>;
}

export const hourMs = 3_600_000;
const hours = (ms: number): string => (ms / hourMs).toFixed(ms < 10 * hourMs ? 1 : 0);

/** Why what was seen is too little to propose anything from; empty when it is enough. */
export function tooLittle({ use, minHours }: Pick<Judging, 'use' | 'minHours'>): readonly string[] {
  const { watchedMs, starts } = use.time;
  return [
    ...(watchedMs < minHours * hourMs ? [`watched running for ${hours(watchedMs)} of at least ${minHours} hours`] : []),
    ...(starts === 0
      ? [
          'no start of it was seen, and much of what a program needs it needs then: restart it once while Moorwatch watches',
        ]
      : []),
  ];
}

/** A sensor that was off for less than this share of the time is not worth a word. */
const fullShare = 0.95;

/** What `make` proposes when the sensors could see it for long enough, with what limits their sight. */
export function observed<Value>(
  judging: Judging,
  sensors: readonly string[],
  make: () => Proposed<Value>,
): Proposed<Value> {
  const { use } = judging;
  const off = sensors.filter((name) => (use.sensors[name]?.running ?? 0) === 0);
  if (off.length > 0)
    return { proposed: false, why: `the sensor ${off.join(' and ')} did not run here (\`moorwatch doctor\` says why)` };
  const little = tooLittle(judging);
  if (little.length > 0 && !judging.anyway) return { proposed: false, why: little.join('; ') };
  const made = make();
  if (!made.proposed) return made;
  const partial = sensors.flatMap((name) => {
    const share = (use.sensors[name]?.running ?? 0) / Math.max(1, use.heartbeats);
    return share < fullShare ? [`the sensor ${name} ran for ${Math.floor(share * 100)} % of the time`] : [];
  });
  const lower = little.length > 0 || partial.length > 0;
  return { ...made, confidence: lower ? 'low' : made.confidence, doubts: [...made.doubts, ...partial] };
}

export const unobserved = (why: string): { readonly proposed: false; readonly why: string } => ({
  proposed: false,
  why,
});

export const proposed = <Value>(
  value: Value,
  rest: { readonly evidence: string; readonly confidence: Confidence; readonly doubts?: readonly string[] },
): Proposed<Value> => ({ proposed: true, value, doubts: [], ...rest });

export const isoTime = (at: number): string => `${new Date(at).toISOString().slice(0, 16)}Z`;

/** `1 process`, `2 processes`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

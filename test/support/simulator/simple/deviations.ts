import { createNumbers } from './numbers.ts';
import { createBeginnings, learningMs, type SimpleBaseline } from './simple-baseline.ts';

/** What is kept of one quantity of one workload, and how a value is compared with it. */
export interface Statistic<State> {
  begin(value: number): State;
  isFar(state: State, value: number): boolean;
  take(state: State, value: number): void;
  /** That a state would need. */
  readonly bytes: number;
}

/** Told again only after it was quiet for so long: nobody would bear one for each reading. */
const quietMs = 3_600_000;

/** A baseline of numbers: after a week what is far from what was shown before is told; everything is learned. */
export function createDeviations<State>(name: string, statistic: Statistic<State>): SimpleBaseline {
  const states = new Map<string, { readonly workload: string; readonly state: State; farAt: number }>();
  const numbersOf = createNumbers();
  const beganAt = createBeginnings();
  return {
    name,
    take(observation) {
      const { workload, at } = observation;
      if (workload === undefined) return [];
      const isLearning = at - beganAt(workload.id, at) < learningMs;
      return numbersOf(observation).flatMap(({ quantity, value }) => {
        const key = `${workload.id} ${quantity}`;
        const known = states.get(key);
        if (known === undefined) {
          const state = statistic.begin(value);
          states.set(key, { workload: workload.id, state, farAt: Number.NEGATIVE_INFINITY });
          return [];
        }
        const isFar = !isLearning && statistic.isFar(known.state, value);
        const isTold = isFar && at - known.farAt > quietMs;
        if (isFar) known.farAt = at;
        statistic.take(known.state, value);
        return isTold ? [`${quantity} ${Math.round(value)}`] : [];
      });
    },
    bytes() {
      const sums = new Map<string, number>();
      for (const { workload } of states.values()) sums.set(workload, (sums.get(workload) ?? 0) + statistic.bytes);
      return sums;
    },
  };
}

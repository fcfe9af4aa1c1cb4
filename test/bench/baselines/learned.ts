import { isRecord } from '../../../shared/observation.ts';
import { hourMs } from '../../support/simulator/times.ts';
import type { Pass } from './pass.ts';

/** How far learning of one feature or quantity came in all workloads that show any of it. */
export interface Learned {
  readonly feature: string;
  readonly workloads: number;
  /** Until it was steady, the median of those where it became so; absent: nowhere. */
  readonly hours?: number;
  /** Share of the workloads where it still is learning. */
  readonly learning: number;
}

/** From the state that a run left; startup is apart and not counted. */
export function learnedOf(passes: readonly Pass[]): readonly Learned[] {
  const features = new Map<string, (number | undefined)[]>();
  for (const { state, simulation } of passes) {
    for (const [key, text] of state) {
      if (!['memory', 'quantity'].includes(key.split('/')[2] ?? '')) continue;
      const value: unknown = JSON.parse(text);
      if (!isRecord(value)) continue;
      const name = [value.feature, value.quantity].find((one) => typeof one === 'string') ?? '?';
      const progress = isRecord(value.progress) && isRecord(value.progress.steady) ? value.progress.steady : {};
      const isSteady = progress.state === 'steady' && typeof progress.since === 'number';
      const hours = isSteady ? (Number(progress.since) - simulation.from) / hourMs : undefined;
      features.set(name, [...(features.get(name) ?? []), hours]);
    }
  }
  return [...features]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([feature, all]) => {
      const steady = all.filter((hours) => hours !== undefined);
      const median = medianOf(steady);
      return {
        feature,
        workloads: all.length,
        ...(median === undefined ? {} : { hours: median }),
        learning: (all.length - steady.length) / all.length,
      };
    });
}

/** Bytes of state for each workload, keys included; of what belongs to no workload nothing. */
export function bytesByFamily(passes: readonly Pass[]): ReadonlyMap<string, number> {
  const sums = new Map<string, { bytes: number; workloads: number }>();
  for (const { state, simulation } of passes) {
    for (const { family, ref } of simulation.workloads) {
      const sum = sums.get(family) ?? { bytes: 0, workloads: 0 };
      sum.workloads += 1;
      for (const [key, text] of state) if (key.split('/')[3] === ref.id) sum.bytes += key.length + text.length;
      sums.set(family, sum);
    }
  }
  return new Map([...sums].map(([family, { bytes, workloads }]) => [family, Math.round(bytes / workloads)]));
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

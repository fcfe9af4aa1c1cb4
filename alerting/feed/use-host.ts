import type { WorkloadUse } from '../../shared/harden/use.ts';
import type { Observation } from '../../shared/observation.ts';
import { type Interval, merged } from './intervals.ts';

/** How well one host was watched. */
export interface HostSight {
  /** The last time that it spoke. */
  readonly last: number;
  readonly heartbeats: number;
  readonly sensors: WorkloadUse['sensors'];
  readonly gaps: WorkloadUse['gaps'];
  /** When something of the whole host was not seen. */
  readonly blind: readonly Interval[];
}

const mostSensors = 64;
const mostBlind = 1_024;

export function createHostSight() {
  let last = 0;
  let heartbeats = 0;
  const sensors = new Map<string, { running: number; last: string }>();
  const gaps = new Map<string, { scope: string; count: number; ms: number }>();
  let blind: readonly Interval[] = [];

  const takeGap = ({ gap, container }: Observation): void => {
    if (gap === undefined) return;
    for (const scope of gap.scope) {
      const known = gaps.get(scope) ?? { scope, count: 0, ms: 0 };
      if (known.count === 0 && gaps.size >= mostSensors) continue;
      gaps.set(scope, { scope, count: known.count + 1, ms: known.ms + Math.max(0, gap.to - gap.from) });
    }
    if (container !== undefined || gap.to <= gap.from) return;
    blind = merged([...blind, { from: gap.from, to: gap.to }]);
    // Of too many the first two are made one, with what was seen between them: too little time is the safe side.
    const [first, second, ...rest] = blind;
    if (blind.length > mostBlind && first !== undefined && second !== undefined)
      blind = [{ from: first.from, to: second.to }, ...rest];
  };

  return {
    take: (observation: Observation): void => {
      last = Math.max(last, observation.at);
      if (observation.kind === 'gap') takeGap(observation);
      if (observation.heartbeat === undefined) return;
      heartbeats += 1;
      for (const [name, state] of Object.entries(observation.heartbeat.sensors)) {
        const known = sensors.get(name);
        if (known === undefined && sensors.size >= mostSensors) continue;
        sensors.set(name, { running: (known?.running ?? 0) + (state === 'running' ? 1 : 0), last: state });
      }
    },
    sight: (): HostSight => ({
      last,
      heartbeats,
      sensors: Object.fromEntries(sensors),
      gaps: [...gaps.values()],
      blind,
    }),
  };
}

import type { NewRecord } from '../../shared/bus/port.ts';
import { decodeObservation, type Observation } from '../../shared/observation.ts';
import { observationRecord } from '../observation-record.ts';
import { gapObservation } from '../sensors/gaps.ts';

/** Observations that will not reach the brokers. */
export interface Lost {
  /** When the first of them and the last of them happened, ms. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const reasons = {
  'spool-expired': ({ count }: Lost) =>
    `the brokers were away for so long that ${count} observations were not kept any longer`,
  'sensor-failed': ({ count }: Lost) => `${count} observations were larger than the brokers take`,
  'spool-damaged': () => 'the file in which observations waited for the brokers was damaged; what waited is lost',
};

/** The gap that takes their place, told of the host of one observation; undefined when that cannot be read. */
export function encodeGap(
  lost: Lost,
  one: string | null,
  reason: keyof typeof reasons,
): { readonly record: NewRecord } | undefined {
  const observation = readable(one);
  if (observation === undefined) return undefined;
  const gap = gapObservation(observation.host, {
    from: Math.trunc(lost.from),
    to: Math.trunc(Math.max(lost.from, lost.to)),
    reason,
    scope: ['events', 'exec', 'connections', 'resources'],
    ...(lost.count > 0 && { lost: lost.count }),
    text: reasons[reason](lost),
  });
  return { record: observationRecord(gap) };
}

export const isGap = (text: string | null): boolean => readable(text)?.kind === 'gap';

function readable(text: string | null): Observation | undefined {
  try {
    return decodeObservation(text, 'spool');
  } catch {
    return undefined;
  }
}

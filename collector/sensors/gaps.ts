import { mergeMap, type Observable } from 'rxjs';
import type { GapFacts, HostRef, Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import type { FeedItem } from '../engine/feed.ts';
import type { Sensor } from '../sensor.ts';

/** Says when we were blind, and why. */
export function createGapSensor({ feed$ }: { feed$: Observable<FeedItem> }): Sensor {
  return {
    name: 'gaps',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () => feed$.pipe(mergeMap((item) => (item.kind === 'gap' ? [gapObservation(item.host, item.gap)] : []))),
  };
}

/** `container`: the only one that it is about, or what part of the host; two of them may have a gap at the same time. */
export function gapObservation(host: HostRef, gap: GapFacts, container = ''): Observation {
  const reason = container === '' ? gap.reason : `${gap.reason} ${container}`;
  const id = observationId.gap(host.id, { ...gap, reason });
  return { id, kind: 'gap', at: gap.to, event: { source: 'monitor', action: gap.reason }, host, gap };
}

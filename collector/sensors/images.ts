import { mergeMap, type Observable } from 'rxjs';
import type { Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import type { FeedItem } from '../engine/feed.ts';
import type { Sensor } from '../sensor.ts';

/** Names of images that point elsewhere than before an absence. Those that move by an event are told with it (lifecycle). */
export function createImagesSensor({ feed$ }: { feed$: Observable<FeedItem> }): Sensor {
  return {
    name: 'images',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () => feed$.pipe(mergeMap((item) => (item.kind === 'image-moved' ? [moved(item)] : []))),
  };
}

function moved({ host, image, at }: Extract<FeedItem, { kind: 'image-moved' }>): Observation {
  const { ref = '', previous_id = '', id = '' } = image;
  return {
    id: observationId.imageMoved(host.id, { ref, from: previous_id, to: id }),
    kind: 'image',
    at,
    event: { source: 'inspect', action: 'resync' },
    host,
    docker: { type: 'image', id, name: ref },
    image,
  };
}

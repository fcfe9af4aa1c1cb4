import { Subject } from 'rxjs';
import { expect, it } from 'vitest';
import type { FeedItem } from '../../../../collector/engine/feed.ts';
import { createConfigurationSensor } from '../../../../collector/sensors/configuration.ts';
import { createImagesSensor } from '../../../../collector/sensors/images.ts';
import { createLifecycleSensor } from '../../../../collector/sensors/lifecycle.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { known } from '../../../support/collector/known.ts';

const host = { id: 'HOST', name: 'anchor' };
const image = { ref: 'docker.io/lab/app:1', id: 'sha256:2', previous_id: 'sha256:1', known: true, in_use_by: ['web'] };

function listen(create: (options: { feed$: Subject<FeedItem> }) => ReturnType<typeof createImagesSensor>) {
  const feed$ = new Subject<FeedItem>();
  const seen: Observation[] = [];
  create({ feed$ })
    .observe()
    .subscribe((observation) => seen.push(observation));
  return { feed$, seen };
}

it('a name that moved while nobody listened is an observation of the image, the same one if it is found twice', () => {
  const { feed$, seen } = listen(createImagesSensor);
  feed$.next({ kind: 'image-moved', host, image, at: 5_000 });
  feed$.next({ kind: 'image-moved', host, image, at: 6_000 });
  expect(seen[0]).toMatchObject({
    kind: 'image',
    at: 5_000,
    event: { source: 'inspect', action: 'resync' },
    docker: { type: 'image', id: 'sha256:2', name: 'docker.io/lab/app:1' },
    image,
  });
  expect(seen[1]?.id).toBe(seen[0]?.id);
});

it('an event of an image carries what is remembered of it', () => {
  const { feed$, seen } = listen(createLifecycleSensor);
  const event = { type: 'image', action: 'tag', text: '', actor: 'sha256:2', scope: 'local', nano: '1', at: 0 };
  const prepared = { event: { ...event, attributes: { name: 'lab/app:1' } }, passwd: null };
  feed$.next({ kind: 'event', host, prepared, known: undefined, before: undefined, image });
  expect(seen).toMatchObject([{ kind: 'image', image }]);
});

it('a configuration carries what is remembered of its container’s image and name, outside of its hash', () => {
  const { feed$, seen } = listen(createConfigurationSensor);
  const web = known('web', { hash: 'h' });
  const lineage = {
    image: { moved: true, registry_new: false },
    predecessor: { image_changed: false, healthcheck_changed: true },
  };
  feed$.next({ kind: 'snapshot', host, known: web, action: 'create', at: 0, cause: 'c', lineage });
  feed$.next({ kind: 'snapshot', host, known: web, action: 'create', at: 0, cause: 'c' });
  expect(seen[0]?.container).toMatchObject({ image: { name: 'nginx', moved: true }, predecessor: lineage.predecessor });
  expect(seen[1]?.container).not.toHaveProperty('predecessor');
  expect(seen[0]?.snapshot).toEqual(seen[1]?.snapshot);
});

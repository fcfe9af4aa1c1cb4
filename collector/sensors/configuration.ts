import { mergeMap, type Observable } from 'rxjs';
import type { CreatorFacts } from '../../shared/facts/creator.ts';
import type { ChangeFacts, Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import { configurationChange } from '../engine/facts/diff.ts';
import type { FeedItem, Lineage } from '../engine/feed.ts';
import { containerAt, type KnownContainer } from '../engine/inventory.ts';
import type { Sensor } from '../sensor.ts';
import type { Creators } from './api-sockets-creators.ts';

/** What a container may do: judged when it is created, when it changes, and for everything that is there already. */
interface ConfigurationOptions {
  readonly feed$: Observable<FeedItem>;
  readonly creators?: Creators | undefined;
}

export function createConfigurationSensor({ feed$, creators }: ConfigurationOptions): Sensor {
  return {
    name: 'configuration',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () => feed$.pipe(mergeMap((item) => observed(item, creators))),
  };
}

function observed(item: FeedItem, creators: Creators | undefined): Observation[] {
  if (item.kind === 'snapshot') return snapshotObservations(item.known, item);
  if (item.kind !== 'event' || item.known === undefined || item.prepared.snapshot === undefined) return [];
  const { host, known, before, prepared, lineage } = item;
  const { action, at, nano } = prepared.event;
  const same = before?.snapshot.hash === known.snapshot.hash;
  // A start that changed nothing has nothing to say; an update is told with what it changed even if that is not configuration.
  const told = action === 'create' || (['start', 'update', 'rename'].includes(action) && !same);
  if (prepared.event.type !== 'container' || !told) return [];
  const change =
    before === undefined ? undefined : configurationChange(before.snapshot.container, known.snapshot.container);
  return snapshotObservations(known, {
    host,
    action,
    at,
    cause: nano,
    lineage,
    creator: action === 'create' ? creators?.of({ container: known.id, at }) : undefined,
    ...(change === undefined ? {} : { change }),
  });
}

interface SnapshotCause {
  readonly host: Observation['host'];
  readonly action: string;
  readonly at: number;
  readonly cause: string;
  readonly change?: ChangeFacts;
  readonly lineage?: Lineage | undefined;
  readonly creator?: CreatorFacts | undefined;
}

/** One observation for the container and one for each of its objects; each carries the container's facts and names the whole. */
function snapshotObservations(
  known: KnownContainer,
  { host, action, at, cause, change, lineage, creator }: SnapshotCause,
): Observation[] {
  const { container: full, objects, hash, workload } = known.snapshot;
  const { container: now } = containerAt(known, at);
  const predecessor = lineage?.predecessor;
  const container = {
    ...full,
    ...now,
    image: { ...full.image, ...lineage?.image },
    ...(predecessor === undefined ? {} : { predecessor }),
    ...(creator === undefined ? {} : { creator }),
  };
  const keys = ['container', ...objects.map(({ key }) => key)];
  const snapshotId = observationId.snapshot(host.id, { container: known.id, hash, cause, object: '' });
  const about = (object: string): Observation => ({
    id: observationId.snapshot(host.id, { container: known.id, hash, cause, object }),
    kind: 'container_configuration',
    at,
    event: { source: 'inspect', action },
    host,
    workload,
    container,
    snapshot: { id: snapshotId, object, objects: keys, hash },
  });
  return [
    { ...about('container'), ...(change === undefined ? {} : { change }) },
    ...objects.map(({ key, ...object }) => ({ ...about(key), ...object })),
  ];
}

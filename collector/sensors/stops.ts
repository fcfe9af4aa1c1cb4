import { concatMap, delay, mergeMap, type Observable } from 'rxjs';
import { deriveId } from '../../shared/hash.ts';
import type { Observation } from '../../shared/observation.ts';
import type { EngineClient } from '../engine/client.ts';
import type { FeedItem } from '../engine/feed.ts';
import type { KnownContainer } from '../engine/inventory.ts';
import { dropOldest } from '../newest.ts';
import type { Sensor } from '../sensor.ts';
import { type Stopped, stopFacts, stopWindowMs } from './stops/window.ts';

export interface StopsOptions {
  readonly feed$: Observable<FeedItem>;
  containers(): readonly KnownContainer[];
  /** The connection to the engine, another object after each time it was lost. */
  engine(): Pick<EngineClient, 'version'> | undefined;
  /** How long an end is waited on before it counts; default 5 s. */
  readonly settleMs?: number;
}

/** A container that ends so soon after it was sent a signal ended by it; the engine's own patience is 10 s. */
const killedMs = 30_000;
const defaultSettleMs = 5_000;
const answerMs = 30_000;
/** The engine's own patience with what does not end. */
const lastEndsMs = 10_000;
const mostRemembered = 5_000;

/**
 * API-10: containers that were made to end together. Looked at a moment later: an engine that stops itself stops them all and is then gone,
 * and what is restarted or replaced runs again.
 */
export function createStopsSensor({ feed$, containers, engine, settleMs = defaultSettleMs }: StopsOptions): Sensor {
  return {
    name: 'stops',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () => {
      const ends = createEnds();
      let told = false;
      return feed$.pipe(
        mergeMap((item) => ends.take(item).map((ended) => ({ ...ended, by: engine() }))),
        delay(settleMs),
        concatMap(async ({ host, at, id, by }): Promise<Observation[]> => {
          const look = () => stopFacts(ends.stopped(), at, runningOf(containers()));
          const isStill = async () => by === engine() && (await answers(by));
          let stops = look();
          const wasTold = told;
          if (stops !== undefined && !wasTold && by === engine() && ends.areSignalled(containers(), at)) {
            await new Promise((resolve) => setTimeout(resolve, lastEndsMs).unref());
            stops = look();
          }
          told = stops !== undefined && (wasTold || (await isStill()));
          if (stops === undefined || wasTold || !told) return [];
          return [
            {
              id: deriveId(host.id, 'mass-stop', id, at),
              kind: 'daemon',
              at,
              event: { source: 'docker-event', action: 'mass_stop' },
              host,
              stops,
            },
          ];
        }),
        mergeMap((observations) => observations),
      );
    },
  };
}

const isRunning = ({ state }: KnownContainer): boolean => state === 'running' || state === 'paused';

function runningOf(containers: readonly KnownContainer[]) {
  const alive = containers.filter(isRunning);
  return { ids: new Set(alive.map(({ id }) => id)), names: new Set(alive.map(({ name }) => name)) };
}

/**
 * An engine that stops itself ends its containers for as long as they take, tells of each, and answers nobody any more. One that does not answer
 * within `answerMs` counts as such.
 */
async function answers(engine: Pick<EngineClient, 'version'> | undefined): Promise<boolean> {
  if (engine === undefined) return false;
  const tooLate = new Promise<false>((resolve) => setTimeout(resolve, answerMs, false).unref());
  return await Promise.race([engine.version().then(Boolean, () => false), tooLate]);
}

/** Which containers were made to end, from the events. */
function createEnds() {
  const signals = new Map<string, number>();
  const renamed = new Map<string, string>();
  let stopped: readonly Stopped[] = [];
  return {
    stopped: () => stopped,
    /** Every container that still runs was told to end, too: it may be the engine that ends. */
    areSignalled: (containers: readonly KnownContainer[], now: number): boolean =>
      containers.filter(isRunning).every(({ id }) => (signals.get(id) ?? Number.NEGATIVE_INFINITY) > now - killedMs),
    take(item: FeedItem): (Stopped & Pick<FeedItem & { kind: 'event' }, 'host'>)[] {
      if (item.kind === 'gap' && item.gap.scope.includes('events')) stopped = [];
      if (item.kind !== 'event' || item.prepared.event.type !== 'container') return [];
      const { action, actor, at } = item.prepared.event;
      if (action === 'kill') signals.set(actor, at);
      dropOldest(signals, mostRemembered);
      // As it was known: what the event says of its old name, a label may have written.
      if (action === 'rename' && item.before !== undefined) renamed.set(actor, item.before.name);
      dropOldest(renamed, mostRemembered);
      if (action === 'destroy') renamed.delete(actor);
      if (action !== 'die') return [];
      const sent = signals.get(actor);
      signals.delete(actor);
      if (sent === undefined || at - sent > killedMs) return [];
      const { snapshot, name = actor.slice(0, 12) } = item.known ?? {};
      const before = renamed.get(actor);
      const project = snapshot?.container.project ?? '';
      const one = { id: actor, name, ...(before === undefined ? {} : { before }), project, at };
      const fresh = stopped.filter((other) => other.at > at - 2 * stopWindowMs && other.id !== actor);
      stopped = [...fresh, one].slice(-mostRemembered);
      return [{ ...one, host: item.host }];
    },
  };
}

import type { ContainerFacts, EventFacts, HostRef, Observation, WorkloadRef } from '../../shared/observation.ts';
import type { EngineEvent } from '../engine/event.ts';
import { eventAttributes } from '../engine/facts/event-attributes.ts';
import { containerAt, type KnownContainer } from '../engine/inventory.ts';

/** Set by the engine itself and never overwritten by labels (catalogue L1). */
const trusted = new Set(['image', 'name']);

/** N8: attributes that a label of the container could have written are dropped and named. */
export function trustedAttributes(
  event: EngineEvent,
  known: KnownContainer | undefined,
): { attributes: Record<string, string>; distrusted: readonly string[] } {
  const labels = new Set(event.type === 'container' ? (known?.snapshot.container.label_keys ?? []) : []);
  const entries = Object.entries(event.attributes).filter(([key]) => trusted.has(key) || !labels.has(key));
  return {
    attributes: Object.fromEntries(entries),
    distrusted: [...labels].filter((key) => eventAttributes.has(key) && key in event.attributes),
  };
}

/** The members that all observations of one engine event share. */
export function eventBase(event: EngineEvent, { host, known }: { host: HostRef; known: KnownContainer | undefined }) {
  const { distrusted } = trustedAttributes(event, known);
  const facts: EventFacts = {
    source: 'docker-event',
    action: event.action,
    time_nano: event.nano,
    ...(distrusted.length === 0 ? {} : { distrusted }),
  };
  const about: { container?: ContainerFacts; workload?: WorkloadRef } =
    known === undefined ? {} : containerAt(known, event.at);
  return { at: event.at, event: facts, host, ...about } satisfies Partial<Observation>;
}

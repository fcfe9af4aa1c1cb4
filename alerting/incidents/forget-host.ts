import { topic } from '../../shared/bus/topics.ts';
import { collectorKey } from '../../shared/collector-key.ts';
import type { IncidentDecision } from '../../shared/decision.ts';
import type { Book } from './book.ts';
import { closeEntry, type Entry } from './entry.ts';
import { remarkOf } from './life.ts';
import { applied, type Outcome } from './outcome.ts';
import type { Teller } from './teller.ts';

/**
 * A host was taken away: what its collector said last is withdrawn, so that nobody misses it, and the incidents that only say that it is not seen are closed. What was found on it stays
 * for people to decide about: whoever takes a host away does not say that nothing happened there. When its collector speaks again it is watched anew.
 */
export function forgetHost(
  { host, actor, reason }: IncidentDecision,
  { book, teller, now }: { readonly book: Book; readonly teller: Teller; readonly now: number },
): Outcome {
  const open = book.ofHost(host.id).filter(({ closedLogged }) => closedLogged === undefined);
  const over = open.filter(isOnlyBlindness);
  for (const { group } of over) {
    const entry = teller.settled(group.entity, now);
    if (entry === undefined) continue;
    const { by, note } = remarkOf({ at: now, by: actor.name, note: reason });
    teller.tell(closeEntry(entry, { at: now, reason: note, by }), { change: 'closed', at: now, logged: now });
  }
  teller.put({ topic: topic.status, record: { key: collectorKey(host.id), value: null, at: now } });
  return applied(
    `${host.name} is not missed any more, until its collector speaks again${rest(over.length, open.length)}`,
  );
}

/** Blind for a time (MON-01), or a sensor of it stopped (MON-03), and nothing else. */
const blindness = new Set(['MON-01', 'MON-03']);
const isOnlyBlindness = ({ lines, head }: Entry): boolean =>
  head.more === 0 &&
  lines.every(({ told }) => told.rule.catalogue.length > 0 && told.rule.catalogue.every((row) => blindness.has(row)));

const rest = (closed: number, open: number): string =>
  [
    ...(closed === 0 ? [] : [`${incidents(closed)} about not seeing it closed`]),
    ...(open === closed ? [] : [`${incidents(open - closed)} of it still open`]),
  ]
    .map((text) => `; ${text}`)
    .join('');

const incidents = (count: number): string => (count === 1 ? '1 incident' : `${count} incidents`);

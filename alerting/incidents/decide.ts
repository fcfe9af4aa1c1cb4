import type { Output } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { answerHeader, type DecisionAnswer, type IncidentDecision, type IncidentOrder } from '../../shared/decision.ts';
import { answerOf } from '../../shared/decision-record.ts';
import { deriveId } from '../../shared/hash.ts';
import type { Suppression } from '../../shared/suppression.ts';
import type { Book } from './book.ts';
import { closeEntry, type Entry } from './entry.ts';
import { forgetHost } from './forget-host.ts';
import { acknowledge, addNote, remarkOf } from './life.ts';
import type { IncidentLimits } from './limits.ts';
import { ruleProblem } from './lone-rule.ts';
import { applied, type Outcome, refused } from './outcome.ts';
import { hidText, type Suppressions } from './suppressions.ts';
import type { Teller } from './teller.ts';
import type { Uncover } from './uncover.ts';

/** What a decision is obeyed with. */
export interface Deciding {
  readonly book: Book;
  readonly teller: Teller;
  readonly suppressions: Suppressions;
  readonly uncover: Uncover;
  readonly limits: IncidentLimits;
  /** Log time of the decision. */
  readonly now: number;
}

/** Obeys a decision about incidents, or says why not, and answers. */
export function decide(decision: IncidentDecision, deciding: Deciding): void {
  const outcome = obey(decision, deciding);
  deciding.teller.put(answerRecord(answerOf(decision, outcome, deciding.now)));
}

function obey(decision: IncidentDecision, deciding: Deciding): Outcome {
  const { order } = decision;
  switch (order.type) {
    case 'acknowledge':
    case 'close':
    case 'note':
      return ofIncident({ ...decision, order }, deciding);
    case 'suppress':
      return suppress({ ...decision, order }, deciding);
    case 'unsuppress':
      return unsuppress({ ...decision, order }, deciding);
    case 'forget-host':
      return forgetHost(decision, deciding);
  }
}

function suppress(
  decision: IncidentDecision & { readonly order: Of<'suppress'> },
  { book, suppressions, now }: Deciding,
): Outcome {
  const problem = ruleProblem(decision.order.scope, book.ofHost(decision.host.id));
  return problem === undefined ? suppressions.add(decision, now) : refused(problem);
}

function unsuppress(
  { host, order }: IncidentDecision & { readonly order: Of<'unsuppress'> },
  { suppressions, uncover, now }: Deciding,
): Outcome {
  const ended = suppressions.end(order.suppression, host);
  if (ended === undefined) return refused(`there is no suppression ${order.suppression} on ${host.name}`);
  return applied(`ended; ${hidText(ended, uncover(ended, now))}`);
}

type Of<Type extends IncidentOrder['type']> = Extract<IncidentOrder, { type: Type }>;
type AboutIncident = IncidentDecision & { readonly order: Of<'acknowledge' | 'close' | 'note'> };

/**
 * The incident must be there, and as the actor saw it: what came before the decision is told first, so its version says. What only counts more of
 * the same waits for its time, however the log is cut.
 */
function ofIncident(decision: AboutIncident, deciding: Deciding): Outcome {
  const { order, host } = decision;
  const { book, teller, now } = deciding;
  const successor = book.successor(order.incident);
  if (successor?.head.host.id === host.id) return goesOn(successor);
  const known = book.incident(order.incident);
  const entry = known && teller.settled(known.group.entity, now);
  if (entry === undefined || entry.head.host.id !== host.id)
    return refused(`no incident ${order.incident} on ${host.name} is open or was closed lately`);
  if (order.version !== undefined && order.version !== entry.head.version)
    return refused(`the incident changed since: it has version ${entry.head.version}, not ${order.version}`);
  if (entry.closedLogged !== undefined && order.type !== 'note')
    return refused(`it is closed already (${entry.head.closeReason ?? ''})`);
  return change(entry, decision, deciding);
}

/** A decision about what was looked at is none about all that it became part of: it is not passed on. */
function goesOn({ head: { id, title }, closedLogged }: Entry): Outcome {
  const state = closedLogged === undefined ? '' : ', which is closed';
  return { ...refused(`it goes on in incident ${id}${state}: ${title}`), successor: id };
}

function change(entry: Entry, { order, actor, reason }: AboutIncident, { teller, limits, now }: Deciding): Outcome {
  const remark = remarkOf({ at: now, by: actor.name, note: reason });
  const told = { at: now, logged: now };
  switch (order.type) {
    case 'acknowledge':
      teller.tell(acknowledge(entry, remark), { ...told, change: 'acknowledged' });
      return applied(`acknowledged: ${entry.head.title}; it opens again when it gets worse`);
    case 'close':
      teller.tell(closeEntry(entry, { at: now, reason: remark.note, by: remark.by }), { ...told, change: 'closed' });
      return applied(`closed: ${entry.head.title}`);
    case 'note':
      teller.tell(addNote(entry, remark, limits), { ...told, change: 'grown', reason: `${remark.by}: ${remark.note}` });
      return applied(`noted on: ${entry.head.title}`);
  }
}

/** That a suppression ended by itself, for the audit log, as if somebody had decided it. @param uncovered as for `hidText` */
export const expiryRecord = (suppression: Suppression, uncovered: number): Output => {
  const { id, host, expiresAt: at } = suppression;
  const order = { type: 'unsuppress', suppression: id } as const;
  return answerRecord({
    type: 'answer',
    decision: deriveId('expired', id),
    at,
    host,
    result: 'applied',
    text: `its time is over; ${hidText(suppression, uncovered)}`,
    made: { at, actor: { name: 'moorwatch', role: 'administer' }, reason: 'it was made until then', order },
  });
};

const answerRecord = (answer: DecisionAnswer): Output => ({
  topic: topic.incidents,
  record: {
    key: answer.host.id,
    value: JSON.stringify(answer),
    headers: { [answerHeader]: answer.decision },
    at: answer.at,
  },
});

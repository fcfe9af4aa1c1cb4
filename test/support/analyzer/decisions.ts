import { type Decision, decisionHeader, decisionVersion, type Order } from '../../../shared/decision.ts';
import { deriveId } from '../../../shared/hash.ts';
import { host } from './observations.ts';
import type { Moment } from './play.ts';

export const actor = { name: 'sam', role: 'administer' } as const;
/** Workload of the containers of `observations.ts` when nothing else is said. */
export const nginx = 'workload of docker.io/library/nginx';

/** A decision as the API appends it. */
export function decided(order: Order, at: number, more: Partial<Decision> = {}): Moment {
  const decision = { id: deriveId('decision', at, order), at, host, actor, reason: 'because', order, ...more };
  return { text: JSON.stringify(decision), at, headers: { [decisionHeader]: decisionVersion } };
}

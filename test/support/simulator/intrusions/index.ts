import type { Intrusion } from '../world.ts';
import { badReplica } from './bad-replica.ts';
import { beaconing } from './beaconing.ts';
import { lateralMovement } from './lateral-movement.ts';
import { miner } from './miner.ts';
import { newEgress } from './new-egress.ts';
import { nightExec } from './night-exec.ts';
import { nightVisit } from './night-visit.ts';
import { poisonedLearning } from './poisoned-learning.ts';
import { slowExfiltration } from './slow-exfiltration.ts';

/** Everything that is hidden in a simulation. */
export const intrusions: readonly Intrusion[] = [
  newEgress,
  slowExfiltration,
  miner,
  nightExec,
  nightVisit,
  lateralMovement,
  beaconing,
  poisonedLearning,
  badReplica,
];

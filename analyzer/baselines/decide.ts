import type { BaselineDecision, DecisionAnswer } from '../../shared/decision.ts';
import { answerOf } from '../../shared/decision-record.ts';
import { approve, forget, ofItem } from './decide-item.ts';
import { ofMemories, reset, setMode, takeProfile } from './decide-learning.ts';
import { appliedTo, type Deciding, type Of, type Outcome, refused } from './deciding.ts';
import { decideQuantity, isQuantity, refusedOfPool, resetQuantities, setModes } from './quantities/decide.ts';

/** Obeys a decision about baselines, or says why not. What it names must be there: the state may have moved on since somebody looked. */
export function decide(decision: BaselineDecision, deciding: Deciding): DecisionAnswer {
  const outcome = deciding.refusal === undefined ? obey(decision, deciding) : refused(deciding.refusal);
  return answerOf(decision, outcome, deciding.now);
}

function obey(decision: BaselineDecision, deciding: Deciding): Outcome {
  const { order, host } = decision;
  const refusal = refusedOfPool(order);
  if (refusal !== undefined) return refusal;
  if (order.feature !== undefined && isQuantity(order.feature))
    return decideQuantity(
      deciding.quantities,
      { host: host.id, now: deciding.now },
      { ...order, feature: order.feature },
    );
  switch (order.type) {
    case 'approve':
      return ofItem(decision, { order, deciding, does: approve });
    case 'forget':
      return ofItem(decision, { order, deciding, does: forget });
    case 'reset':
      return withQuantities(decision, {
        order,
        deciding,
        outcome: ofMemories(decision, { order, deciding, does: reset }),
      });
    case 'mode':
      return withQuantities(decision, {
        order,
        deciding,
        outcome: ofMemories(decision, { order, deciding, does: (memory, to) => setMode(memory, to, order.mode) }),
      });
    case 'import':
      return takeProfile(decision, order, deciding);
  }
}

/** All of a workload is its numbers too. */
function withQuantities(
  { host }: BaselineDecision,
  { order, deciding, outcome }: { order: Of<'reset' | 'mode'>; deciding: Deciding; outcome: Outcome },
): Outcome {
  if (order.feature !== undefined) return outcome;
  const { memories, quantities, now } = deciding;
  const of = { host: host.id, workload: order.workload };
  const done =
    order.type === 'reset' ? resetQuantities(quantities, of, now) : setModes(quantities, of, { mode: order.mode, now });
  if (done.length === 0) return outcome;
  const name = memories.workload(of.host, of.workload)?.workload.name ?? of.workload;
  return appliedTo(name, [...(outcome.features ?? []), ...done]);
}

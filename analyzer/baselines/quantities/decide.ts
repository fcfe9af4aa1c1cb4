import type { BaselineOrder } from '../../../shared/decision.ts';
import type { LevelMemory, QuantityMemory } from '../../../shared/quantity-state.ts';
import { quantities } from './index.ts';
import { approvedLevel } from './level.ts';
import { approvedPattern, forgottenPattern } from './patterns.ts';
import { approvedRate } from './rates.ts';
import { type QuantityRef, type QuantityStore, refOf } from './store.ts';

const names = quantities.map(({ name }) => name);

export const isQuantity = (feature: string): boolean => names.includes(feature);

/** One sentence, said of a workload: what was done, or why not. */
interface Obeyed {
  readonly result: 'applied' | 'refused';
  readonly text: string;
}

/** Keys that an approval of a level or a rate may name: what `deviation.key` of its finding says. */
const levelKey = 'level';
const driftKey = 'drift';

/** Obeys an order about one quantity of a workload. */
export function decideQuantity(
  store: QuantityStore,
  host: string,
  order: BaselineOrder & { readonly feature: string },
): Obeyed {
  const ref = { host, workload: order.workload, quantity: order.feature };
  const memory = store.memory(ref);
  if (memory === undefined) return refused(`the workload ${order.workload} has no baseline of ${order.feature}`);
  const name = memory.workload.name;
  switch (order.type) {
    case 'approve': {
      const after = approved(memory, order.key);
      if (after === undefined)
        return refused(`nothing of ${order.feature} of ${name} was told that ${order.key} names`);
      store.setMemory(after);
      return applied(`${order.feature} (${order.key}): normal for ${name} from now on`);
    }
    case 'forget':
      if (memory.kind !== 'pattern') return refused(`${order.feature} is a number: it can be reset, not forgotten`);
      store.setMemory(forgottenPattern(memory, order.key));
      return applied(`${order.key}: forgotten for ${name} (${order.feature})`);
    case 'reset':
      return applied(resetText(store, ref, memory));
    default:
      return refused(`${order.feature} is a number: it is neither enforced nor part of a profile`);
  }
}

/** Learning of all quantities of a workload begins anew; one sentence for each. */
export function resetQuantities(store: QuantityStore, of: Omit<QuantityRef, 'quantity'>): readonly string[] {
  return names.flatMap((quantity) => {
    const memory = store.memory({ ...of, quantity });
    return memory === undefined ? [] : [resetText(store, refOf(memory), memory)];
  });
}

function resetText(store: QuantityStore, ref: QuantityRef, { quantity }: QuantityMemory): string {
  store.deleteMemory(ref);
  return `${quantity}: learning begins anew`;
}

function approved(memory: QuantityMemory, key: string): QuantityMemory | undefined {
  if (memory.kind === 'pattern') return approvedPattern(memory, key);
  if (memory.kind === 'rate') return key === levelKey ? approvedRate(memory) : undefined;
  if (key === driftKey) return approvedDrift(memory);
  return key === levelKey ? approvedLevel(memory) : undefined;
}

/** What it has grown to is where it begins. */
function approvedDrift(memory: LevelMemory): LevelMemory | undefined {
  const { driftTold, ...rest } = memory;
  return driftTold === undefined ? undefined : { ...rest, days: [] };
}

const applied = (text: string): Obeyed => ({ result: 'applied', text });
const refused = (text: string): Obeyed => ({ result: 'refused', text });

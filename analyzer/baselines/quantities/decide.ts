import type { BaselineOrder } from '../../../shared/decision.ts';
import { type Done, doneText } from '../../../shared/decision-done.ts';
import { type LevelMemory, type QuantityMemory, sweptRates } from '../../../shared/quantity-state.ts';
import { isFrozen } from './frozen.ts';
import { quantities } from './index.ts';
import { approvedLevel } from './level.ts';
import { approvedPattern, forgottenPattern } from './patterns.ts';
import { isPool, poolRef } from './pooled.ts';
import { approvedRate, forgottenRate } from './rates.ts';
import { hourFloor } from './shift.ts';
import { type QuantityRef, type QuantityStore, refOf } from './store.ts';
import { dayOf } from './time.ts';

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
  { host, now }: { readonly host: string; readonly now: number },
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
      return applied(
        `${order.feature} (${order.key}): normal for ${name} from now on${approvedOfAll(store, memory, order.key)}`,
      );
    }
    case 'forget':
      if (memory.kind !== 'pattern') return refused(`${order.feature} is a number: it can be reset, not forgotten`);
      store.setMemory(forgottenPattern(memory, order.key));
      return applied(`${order.key}: forgotten for ${name} (${order.feature})`);
    case 'reset':
      return applied(doneText(name, [resetOf(store, memory, now)]));
    case 'mode':
      return applied(doneText(name, [setMode(store, memory, { mode: order.mode, now })]));
    case 'import':
      return refused(`${order.feature} is a number, and no part of a profile`);
  }
}

/** An hour that was told is normal by what all workloads of the host are judged by, too; what is said of that. */
function approvedOfAll(store: QuantityStore, { host, workload, quantity }: QuantityMemory, key: string): string {
  const pool = store.memory(poolRef(host.id, quantity));
  const after = isPool(workload.id) || pool?.kind !== 'pattern' ? undefined : approvedPattern(pool, key);
  if (after === undefined) return '';
  store.setMemory(after);
  return `, and no longer unusual for ${after.workload.name}`;
}

/** Why an order cannot be obeyed whatever is known: what all workloads of a host are judged by goes on being learned. */
export const refusedOfPool = (order: BaselineOrder): Obeyed | undefined =>
  order.type === 'mode' && order.mode === 'enforce' && isPool(order.workload)
    ? refused(
        'what all workloads of a host are judged by cannot be enforced, as each of them teaches it: enforce the workloads',
      )
    : undefined;

/** Learning of all quantities of a workload begins anew. */
export const resetQuantities = (store: QuantityStore, of: Workload, now: number): readonly Done[] =>
  memoriesOf(store, of).map((memory) => resetOf(store, memory, now));

/** All quantities that were measured of a workload are enforced, or learn again. */
export const setModes = (store: QuantityStore, of: Workload, to: SetMode): readonly Done[] =>
  memoriesOf(store, of).map((memory) => setMode(store, memory, to));

type Workload = Omit<QuantityRef, 'quantity'>;

const memoriesOf = (store: QuantityStore, of: Workload): readonly QuantityMemory[] =>
  names.flatMap((quantity) => store.memory({ ...of, quantity }) ?? []);

interface SetMode {
  readonly mode: 'learn' | 'enforce';
  readonly now: number;
}

const setMode = (store: QuantityStore, memory: QuantityMemory, to: SetMode): Done => ({
  feature: memory.quantity,
  text: inMode(store, memory, to),
});

function inMode(store: QuantityStore, memory: QuantityMemory, { mode, now }: SetMode): string {
  const { mode: before, ...rest } = memory;
  if (mode === 'enforce') {
    if (before === undefined) store.setMemory({ ...memory, mode });
    if (!isFrozen({ ...memory, mode: 'enforce' }, 'steady'))
      return 'has no range to enforce yet: it goes on learning, and is enforced once it has learned';
    return before === mode
      ? 'was enforced already'
      : 'enforced: nothing is learned, what exceeds what was learned is high';
  }
  if (before === undefined) return 'learned by itself already';
  store.setMemory(learning(rest, now));
  return 'learns by itself again';
}

/** What did not fade while it was frozen does not do so all at once. */
const learning = (memory: QuantityMemory, now: number): QuantityMemory =>
  memory.kind === 'pattern' ? memory : { ...memory, fadedTo: dayOf(now) };

/** Of what learns by quiet is kept when it began anew, or it would have learned again at once. */
function resetOf(store: QuantityStore, memory: QuantityMemory, now: number): Done {
  const { quantity } = memory;
  if (memory.kind === 'rate' && !sweptRates.has(quantity)) store.setMemory(forgottenRate(memory, now));
  else store.deleteMemory(refOf(memory));
  return { feature: quantity, text: 'learning begins anew' };
}

function approved(memory: QuantityMemory, key: string): QuantityMemory | undefined {
  if (memory.kind === 'pattern') return approvedPattern(memory, key);
  if (memory.kind === 'rate') return key === levelKey ? approvedRate(memory) : undefined;
  if (key === driftKey) return approvedDrift(memory);
  if (key !== levelKey) return undefined;
  return isFrozen(memory, 'steady') ? approvedFrozen(memory) : approvedLevel(memory);
}

/** Nothing is learned anew: at the hours at which it was told, what was told is what is usual from now on. */
function approvedFrozen(memory: LevelMemory): LevelMemory | undefined {
  const { told, means, weekdays } = memory;
  const quantity = quantities.find(({ name }) => name === memory.quantity);
  const after = approvedLevel(memory);
  if (told === undefined || after === undefined || quantity?.kind !== 'level') return after;
  const level = Math.log(told.level + hourFloor(quantity.floor));
  return {
    ...after,
    means: means.map(([days, mean], hour) => {
      const isTold = days > 0 && (told.hoursOfDay & (1 << hour)) !== 0;
      return [days, isTold ? Math.max(mean, level) : mean] as const;
    }),
    ...(weekdays && { weekdays }),
  };
}

/** What it has grown to is where it begins. */
function approvedDrift(memory: LevelMemory): LevelMemory | undefined {
  const { driftTold, ...rest } = memory;
  return driftTold === undefined ? undefined : { ...rest, days: [] };
}

const applied = (text: string): Obeyed => ({ result: 'applied', text });
const refused = (text: string): Obeyed => ({ result: 'refused', text });

import { patternQuantities, rateQuantities } from './happenings.ts';
import { hostQuantities } from './host.ts';
import type { Quantity, QuantityRule } from './quantity.ts';
import { resourceQuantities } from './resources.ts';

/** Every quantity that baselines learn. */
export const quantities: readonly Quantity[] = [
  ...resourceQuantities,
  ...rateQuantities,
  ...patternQuantities,
  ...hostQuantities,
];

/** The rules of their findings. */
export const quantityRules: readonly { readonly rule: QuantityRule }[] = quantities.flatMap((quantity) => [
  { rule: quantity.rule },
  ...(quantity.kind === 'level' ? [{ rule: quantity.drift }] : []),
]);

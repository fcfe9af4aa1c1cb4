import { setImmediate } from 'node:timers/promises';
import type { RuleSet } from './rule.ts';

/** Builds the index of rules that are about to be used, and lets others have their turn between its parts. */
export async function prepareRules(rules: Pick<RuleSet, 'prepare'>): Promise<void> {
  const steps = rules.prepare()[Symbol.iterator]();
  while (steps.next().done !== true) await setImmediate();
}

import type { Condition, Expression } from './language/expression.ts';
import type { Detection } from './rule.ts';
import { leafWords } from './words.ts';

/**
 * Why a rule is tried on every event of its log source: the parts that can be true of an event that has nothing of what the rule looks for. One
 * without such parts has none. It says of each expression what engine/predicates.ts finds for it.
 */
export function alwaysTriedFor({ identifiers, conditions }: Detection): readonly string[] {
  const below = (name: string): Part => {
    const expression = Object.hasOwn(identifiers, name) ? identifiers[name] : undefined;
    return expression === undefined ? { kind: 'or', of: [] } : { kind: 'named', name, of: partOf(expression) };
  };
  const open = (part: Condition): Part => {
    if (part.kind === 'identifier') return below(part.name);
    return part.kind === 'not' ? { kind: 'not', of: open(part.of) } : { kind: part.kind, of: part.of.map(open) };
  };
  return [...new Set(culprits({ kind: 'or', of: conditions.map(open) }, false))];
}

/** A condition with what its identifiers stand for. */
type Part =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Part[] }
  | { readonly kind: 'not'; readonly of: Part }
  | { readonly kind: 'named'; readonly name: string; readonly of: Part }
  | { readonly kind: 'leaf'; readonly words: string; readonly needsSomething: boolean };

function partOf(expression: Expression): Part {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return { kind: expression.kind, of: expression.of.map(partOf) };
    case 'not':
      return { kind: 'not', of: partOf(expression.of) };
    default:
      return { kind: 'leaf', words: leafWords(expression), needsSomething: expression.kind !== 'null' };
  }
}

/** The parts for which nothing is necessary; [] when something is. */
function culprits(part: Part, negated: boolean): readonly string[] {
  switch (part.kind) {
    case 'leaf':
      if (negated) return [`not ${part.words}`];
      return part.needsSomething ? [] : [part.words];
    case 'named':
      return culprits(part.of, negated).map((words) => `${part.name}: ${words}`);
    case 'not':
      return culprits(part.of, !negated);
    default: {
      const found = part.of.map((one) => culprits(one, negated));
      // Of what must hold together, one part that needs something is enough.
      const isAll = (part.kind === 'and') !== negated;
      if (isAll && found.some((one) => one.length === 0)) return [];
      return found.length === 0 && isAll ? ['nothing is asked'] : found.flat();
    }
  }
}

import { compileValueTest, isFieldref } from './engine/value-test.ts';
import { allValues, type Fields } from './fields.ts';
import type { Condition, Expression, ValueTest } from './language/expression.ts';
import type { Detection } from './rule.ts';
import { type Leaf, leafWords } from './words.ts';

/** What a part of a rule says of one event: a tree of plain data. */
export interface Explanation {
  /** `all`, `any`: of its parts; `not`: of its one part; `identifier`: a search identifier and what stands under it. */
  readonly kind: 'all' | 'any' | 'not' | 'identifier' | 'test';
  /** What is asked, in words. */
  readonly asks: string;
  readonly holds: boolean;
  readonly of?: readonly Explanation[];
  /** Tests: what the event has. */
  readonly found?: readonly FoundValue[];
}

/** A value that was looked at. */
export interface FoundValue {
  /** Where it was found; empty for keywords, which look everywhere. */
  readonly field: string;
  readonly value: unknown;
  /** Whether this value is what was asked for. */
  readonly holds: boolean;
}

/** The event that is explained, and what field names mean in it. */
export interface Subject {
  readonly event: unknown;
  readonly fields: Fields;
}

/** Asks a detection the slow way, everything of it, also where the answer is known already. */
export function explainDetection({ identifiers, conditions }: Detection, subject: Subject): Explanation {
  const condition = (one: Condition): Explanation => {
    if (one.kind === 'identifier') {
      const { name } = one;
      const expression = Object.hasOwn(identifiers, name) ? identifiers[name] : undefined;
      const below = expression === undefined ? [] : [explainExpression(expression, subject)];
      return { kind: 'identifier', asks: name, holds: below.some(({ holds }) => holds), of: below };
    }
    return combined(one.kind, one.kind === 'not' ? [condition(one.of)] : one.of.map(condition));
  };
  const all = conditions.map(condition);
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  return { ...combined('or', all), asks: 'any of the conditions' };
}

export function explainExpression(expression: Expression, subject: Subject): Explanation {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return combined(
        expression.kind,
        expression.of.map((one) => explainExpression(one, subject)),
      );
    case 'not':
      return combined('not', [explainExpression(expression.of, subject)]);
    default:
      return { kind: 'test', asks: leafWords(expression), ...ask(expression, subject) };
  }
}

const isTrue = ({ holds }: { readonly holds: boolean }): boolean => holds;

function combined(kind: 'and' | 'or' | 'not', of: readonly Explanation[]): Explanation {
  switch (kind) {
    case 'and':
      return { kind: 'all', asks: 'all of', holds: of.every(isTrue), of };
    case 'or':
      return { kind: 'any', asks: 'any of', holds: of.some(isTrue), of };
    case 'not':
      return { kind: 'not', asks: 'not', holds: !of.some(isTrue), of };
  }
}

type Answer = Required<Pick<Explanation, 'holds' | 'found'>>;

function ask(leaf: Leaf, { event, fields }: Subject): Answer {
  if (leaf.kind === 'keyword') {
    // Of all values of an event only those that are meant help anybody.
    const found = judged('', allValues(event), leaf.test).filter(isTrue);
    return { holds: found.length > 0, found };
  }
  const { field } = leaf;
  const { present, values } = fields(field)(event);
  switch (leaf.kind) {
    case 'field': {
      const found = judged(field, values, leaf.test);
      return { holds: found.some(isTrue), found };
    }
    case 'exists':
      return { holds: present, found: values.map((value) => ({ field, value, holds: true })) };
    case 'null':
      return {
        holds: !present || values.includes(null),
        found: values.map((value) => ({ field, value, holds: value === null })),
      };
    case 'fieldref': {
      const { other } = leaf;
      const others = fields(other)(event).values;
      const found = [
        ...values.map((value) => ({ field, value, holds: isFieldref(leaf, [value], others) })),
        ...others.map((value) => ({ field: other, value, holds: isFieldref(leaf, values, [value]) })),
      ];
      return { holds: isFieldref(leaf, values, others), found };
    }
  }
}

/** Each value by the very test that the engine makes of it. */
function judged(field: string, values: readonly unknown[], test: ValueTest): readonly FoundValue[] {
  const holds = compileValueTest(test);
  return values.map((value) => ({ field, value, holds: holds(value) }));
}

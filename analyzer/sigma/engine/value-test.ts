import type { Comparison, Expression, ValueTest } from '../language/expression.ts';
import { compileNetwork } from '../language/network.ts';
import { compilePattern } from '../language/pattern.ts';
import { compileRegex, placed } from '../language/value-test.ts';
import { eventNumber, eventText } from '../language/values.ts';
import { compareToWhole } from '../language/whole-numbers.ts';
import { datePart } from './date-part.ts';

/** Whether one value of an event satisfies a test. What a rule asks in words is here made to run. */
export type RunTest = (value: unknown) => boolean;

export function compileValueTest(test: ValueTest): RunTest {
  switch (test.kind) {
    case 'pattern':
      return onText(compilePattern(test.tokens, { cased: test.cased === true }));
    case 'regex': {
      const expression = compileRegex(test);
      return onText((text) => expression.test(text));
    }
    case 'cidr':
      return onText(compileNetwork(test.network));
    case 'compare': {
      const compare = comparisons[test.op];
      if (test.whole !== undefined) {
        const whole = BigInt(test.whole);
        return (value) => {
          const found = compareToWhole(value, whole);
          return found !== undefined && compare(found, 0);
        };
      }
      return (value) => {
        const found = eventNumber(value);
        return found !== undefined && compare(found, test.number);
      };
    }
    case 'time': {
      const compare = comparisons[test.op];
      return (value) => {
        const found = datePart(value, test.part);
        return found !== undefined && compare(found, test.number);
      };
    }
  }
}

const onText =
  (test: (text: string) => boolean): RunTest =>
  (value) => {
    const text = eventText(value);
    return text !== undefined && test(text);
  };

const comparisons: Readonly<Record<Comparison | 'eq', (a: number, b: number) => boolean>> = {
  gt: (a, b) => a > b,
  gte: (a, b) => a >= b,
  lt: (a, b) => a < b,
  lte: (a, b) => a <= b,
  eq: (a, b) => a === b,
};

/** Equality, or part of, as text with any value of another field; absent on either side is false. */
export function isFieldref(
  { place, cased }: Extract<Expression, { kind: 'fieldref' }>,
  values: readonly unknown[],
  others: readonly unknown[],
): boolean {
  const texts = values.map(eventText).filter((text) => text !== undefined);
  return others.some((value) => {
    const other = eventText(value);
    if (other === undefined) return false;
    const test = compilePattern(placed([{ kind: 'text', text: other }], place), { cased: cased === true });
    return texts.some(test);
  });
}

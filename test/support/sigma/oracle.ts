import { base64, base64AtOffsets, bytesOf, type Encoding } from './oracle-bytes.ts';
import { conditionHolds } from './oracle-condition.ts';
import { allTexts, exactSign, lookUp, NumberAsWritten, numberOf, textsIn, writtenAs } from './oracle-event.ts';
import { isInNetwork } from './oracle-network.ts';
import { dashSpellings, isWhole, literally, type Pattern, patternOf, plainText } from './oracle-pattern.ts';
import { expandedPatterns, type PlaceholderValues } from './oracle-placeholders.ts';
import { regexOf } from './oracle-regex.ts';
import { type TimePart, timePartOf, timeParts } from './oracle-time.ts';

/**
 * The second evaluator of rules: straight from the text of the specification and our decisions (docs/decisions/rule-language.md), one event and
 * one rule at a time, nothing shared, nothing prepared. It takes rules that are right; what must be refused is the parser's business.
 */
export type PlainRule = Readonly<Record<string, unknown>>;
export type PlainEvent = Readonly<Record<string, unknown>>;

export interface OracleOptions {
  readonly placeholders?: PlaceholderValues;
}

/** Whether the rule's detection is true of the event; its log source is not asked. */
export function matches(rule: PlainRule, event: PlainEvent, options: OracleOptions = {}): boolean {
  return detectionHolds(rule.detection as PlainRule, event, options);
}

/** Search identifiers and `condition`, with other members of the map named in `besides`. */
export function detectionHolds(
  detection: PlainRule,
  event: PlainEvent,
  { placeholders = {} }: OracleOptions = {},
  besides: readonly string[] = [],
): boolean {
  const names = Object.keys(detection).filter((name) => name !== 'condition' && !besides.includes(name));
  const truth = (name: string): boolean => identifierHolds(detection[name], { event, placeholders });
  return [detection.condition].flat().some((condition) => conditionHolds(writtenAs(condition), names, truth));
}

interface Scope {
  readonly event: PlainEvent;
  readonly placeholders: PlaceholderValues;
}

/** A map: all of it. A list: any of it. Anything else: a keyword. */
function identifierHolds(identifier: unknown, scope: Scope): boolean {
  if (Array.isArray(identifier)) return identifier.some((element) => identifierHolds(element, scope));
  if (typeof identifier === 'object' && identifier !== null && !(identifier instanceof NumberAsWritten))
    return Object.entries(identifier).every(([key, value]) => itemHolds(key, value, scope));
  return keywordHolds(identifier, scope.event);
}

function keywordHolds(keyword: unknown, event: PlainEvent): boolean {
  const pattern = patternOf(writtenAs(keyword));
  return allTexts(event).some((text) => isWhole(['any', ...pattern, 'any'], text, false));
}

function itemHolds(key: string, value: unknown, scope: Scope): boolean {
  const [field = '', ...modifiers] = key.split('|');
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const holds = (one: unknown): boolean =>
    field === ''
      ? keywordHolds(one, scope.event)
      : valueHolds(
          field,
          one,
          modifiers.filter((name) => name !== 'all' && name !== 'neq'),
          scope,
        );
  const result = modifiers.includes('all') ? values.every(holds) : values.some(holds);
  return modifiers.includes('neq') ? !result : result;
}

function valueHolds(field: string, value: unknown, modifiers: readonly string[], scope: Scope): boolean {
  const found = lookUp(scope.event, field);
  const [first = ''] = modifiers;
  if (value === null) return !found.present || found.values.includes(null);
  if (modifiers.includes('exists')) return found.present === value;
  if (modifiers.includes('fieldref')) return fieldrefHolds(field, writtenAs(value), modifiers, scope.event);
  if (first === 're') {
    const flags = modifiers.slice(1).map((name) => regexFlag(name));
    const expression = regexOf(writtenAs(value), flags.join(''));
    return textsIn(found).some((text) => expression.test(text));
  }
  if (first === 'cidr') return textsIn(found).some((text) => isInNetwork(text, writtenAs(value)));
  const part = timeParts.find((name) => name === first);
  if (part !== undefined) return timeHolds(found.values, part, modifiers[1], Number(value));
  if (first in comparisons && value instanceof NumberAsWritten && value.isBeyondDoubles)
    return found.values
      .filter((one) => numberOf(one).some(Number.isFinite))
      .some((one) => compare(first, exactSign(typeof one === 'number' ? digitsOf(one) : String(one), value.whole), 0));
  if (first in comparisons)
    return found.values.flatMap(numberOf).some((number) => compare(first, number, Number(value)));
  const cased = modifiers.includes('cased');
  const patterns = patternsOf(value, modifiers, scope.placeholders);
  return textsIn(found).some((text) => patterns.some((pattern) => isWhole(pattern, text, cased)));
}

/** Without an exponent, where the number is whole. */
const digitsOf = (number: number): string => (Number.isInteger(number) ? BigInt(number).toString() : String(number));

const comparisons = { gt: [1], gte: [0, 1], lt: [-1], lte: [-1, 0], eq: [0], neq: [-1, 1] };

/** `gt`, `gte`, `lt`, `lte`, `eq`, `neq`: which signs of the difference are meant. */
export const compare = (operator: string, a: number, b: number): boolean => {
  const signs: readonly number[] | undefined = new Map(Object.entries(comparisons)).get(operator);
  if (signs === undefined) throw new Error(`${operator} compares nothing`);
  return signs.includes(Math.sign(a - b) + 0);
};

function timeHolds(values: readonly unknown[], part: TimePart, operator = 'eq', number: number): boolean {
  return values.some((value) => {
    const found = timePartOf(value, part);
    return found !== undefined && compare(operator, found, number);
  });
}

function regexFlag(name: string): string {
  const flag = { i: 'i', ignorecase: 'i', m: 'm', multiline: 'm', s: 's', dotall: 's' }[name];
  if (flag === undefined) throw new Error(`re|${name} is not known`);
  return flag;
}

/** The other field's text is no pattern. */
function fieldrefHolds(field: string, other: string, modifiers: readonly string[], event: PlainEvent): boolean {
  const cased = modifiers.includes('cased');
  return textsIn(lookUp(event, other)).some((wanted) => {
    const pattern = modifiers.reduce((current, name) => placed(current, name), literally(wanted));
    return textsIn(lookUp(event, field)).some((text) => isWhole(pattern, text, cased));
  });
}

/** What the value stands for after its modifiers, taken from left to right: any of these patterns. */
function patternsOf(value: unknown, modifiers: readonly string[], placeholders: PlaceholderValues): readonly Pattern[] {
  const text = writtenAs(value);
  // Numbers and booleans have no wildcards.
  let patterns: readonly Pattern[] =
    value instanceof NumberAsWritten
      ? (modifiers.some((name) => name !== 'cased') ? [value.written] : value.texts).map(literally)
      : [typeof value === 'string' ? patternOf(text) : literally(text)];
  if (modifiers.includes('expand')) patterns = expandedPatterns(text, placeholders);
  let encoding: Encoding = 'utf8';
  for (const name of modifiers) {
    if (name === 'windash') patterns = patterns.flatMap(dashSpellings);
    else if (name === 'wide' || name === 'utf16le') encoding = 'utf16le';
    else if (name === 'utf16be' || name === 'utf16') encoding = name;
    else if (name === 'base64')
      patterns = patterns.map((pattern) => literally(base64(bytesOf(plainText(pattern), encoding))));
    else if (name === 'base64offset')
      patterns = patterns.flatMap((pattern) => base64AtOffsets(bytesOf(plainText(pattern), encoding)).map(literally));
    else if (name !== 'cased' && name !== 'expand') patterns = patterns.map((pattern) => placed(pattern, name));
  }
  return patterns;
}

function placed(pattern: Pattern, modifier: string): Pattern {
  if (modifier === 'contains') return ['any', ...pattern, 'any'];
  if (modifier === 'startswith') return [...pattern, 'any'];
  if (modifier === 'endswith') return ['any', ...pattern];
  if (modifier === 'fieldref' || modifier === 'cased') return pattern;
  throw new Error(`modifier ${modifier} is not known here`);
}

import type { Expression } from './expression.ts';
import { type Modifiers, parseModifiers } from './modifiers.ts';
import { parsePattern } from './pattern.ts';
import type { Expansion } from './room.ts';
import { gather, isMap, isScalar, isSeq, members, type Node, plain, RuleError, type Scalar } from './source.ts';
import { patternTest, placed, valueTests } from './value-test.ts';
import { readValue, type Value } from './values.ts';

/** A search identifier: a map (all of it), a list (any of it), or a keyword. @throws RuleError, RuleErrors */
export function parseIdentifier(node: Node | null, name: Scalar, expansion: Expansion): Expression {
  const value = plain(node);
  if (value === null || (isScalar(value) && value.value === null))
    throw new RuleError('a search identifier is empty', name);
  if (!isSeq(value)) return parseElement(value, name, expansion);
  if (value.items.length === 0) throw new RuleError('a search identifier is empty', value);
  return join('or', gather(value.items.map((item) => () => parseElement(plain(item), value, expansion))));
}

/** Lists may mix maps and keywords: any of them. */
function parseElement(node: Node | null, owner: Node, expansion: Expansion): Expression {
  if (!isMap(node)) return keyword(readValue(node, owner));
  const items = members(node);
  if (items.length === 0) throw new RuleError('a search identifier is empty', node);
  return join(
    'and',
    gather(
      items.map(
        ({ key, keyNode, value }) =>
          () =>
            parseItem({ key, keyNode, value }, expansion),
      ),
    ),
  );
}

interface Item {
  readonly key: string;
  readonly keyNode: Scalar;
  readonly value: Node | null;
}

/** One key of a map: `field|modifier|modifier`, or `|all` for keywords that must all be there. */
function parseItem({ key, keyNode, value: node }: Item, expansion: Expansion): Expression {
  const [field = ''] = key.split('|');
  const modifiers = parseModifiers(key, keyNode);
  const values = valuesOf(node, keyNode);
  if (modifiers.all && !isSeq(node)) throw new RuleError('all is for lists of values', keyNode);
  if (field === '') return keywords(values, modifiers, keyNode);
  const expression = fieldExpression(field, values, modifiers, expansion);
  return modifiers.neq ? { kind: 'not', of: expression } : expression;
}

function valuesOf(node: Node | null, owner: Scalar): readonly Value[] {
  if (!isSeq(node)) return [node === null ? { kind: 'null', node: owner } : readValue(node, owner)];
  if (node.items.length === 0) throw new RuleError('a list of values is empty', node);
  return node.items.map((item) => {
    const value = readValue(plain(item), node);
    if (value.kind === 'null') throw new RuleError('null does not belong in a list of values', value.node);
    return value;
  });
}

function fieldExpression(
  field: string,
  values: readonly Value[],
  modifiers: Modifiers,
  expansion: Expansion,
): Expression {
  if (modifiers.test === 'exists') return exists(field, values);
  const [first] = values;
  if (first?.kind === 'null') {
    if (modifiers.names.some((name) => name !== 'neq'))
      throw new RuleError('null takes no modifier but neq', first.node);
    return { kind: 'null', field };
  }
  return join(
    modifiers.all ? 'and' : 'or',
    gather(values.map((value) => () => oneValue(field, value, modifiers, expansion))),
  );
}

/** Whatever one value stands for is any of it, also under `all`. */
function oneValue(field: string, value: Value, modifiers: Modifiers, expansion: Expansion): Expression {
  if (modifiers.test === 'fieldref') return fieldref(field, value, modifiers);
  const tests = valueTests(value, modifiers, expansion);
  return join(
    'or',
    tests.map((test): Expression => ({ kind: 'field', field, test })),
  );
}

/** Presence alone: a field that is null or empty is there. */
function exists(field: string, [value, second]: readonly Value[]): Expression {
  if (value?.kind !== 'boolean' || second !== undefined) throw new RuleError('exists takes true or false', value?.node);
  const there: Expression = { kind: 'exists', field };
  return value.boolean ? there : { kind: 'not', of: there };
}

/** Equality as text with another field of the same event; absent on either side is false. */
function fieldref(field: string, value: Value, { place, cased }: Modifiers): Expression {
  if (value.kind !== 'string') throw new RuleError('fieldref takes the name of a field', value.node);
  return { kind: 'fieldref', field, other: value.text, ...(place && { place }), ...(cased && { cased }) };
}

/** A keyword is part of any value of the event, as it is written: `1e3` is looked for as that. */
function keyword(value: Value): Expression {
  if (value.kind === 'null') throw new RuleError('null is no keyword', value.node);
  const text = value.kind === 'number' ? value.written : value.text;
  return { kind: 'keyword', test: patternTest(placed(parsePattern(text), 'contains'), { cased: false }) };
}

function keywords(values: readonly Value[], { names }: Modifiers, keyNode: Scalar): Expression {
  if (names.length === 0) throw new RuleError('a field has a name', keyNode);
  if (names.some((name) => name !== 'all')) throw new RuleError('keywords take no other modifier than all', keyNode);
  return join('and', values.map(keyword));
}

function join(kind: 'and' | 'or', of: readonly Expression[]): Expression {
  const [only] = of;
  return of.length === 1 && only !== undefined ? only : { kind, of };
}

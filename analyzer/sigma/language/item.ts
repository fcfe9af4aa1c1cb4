import type { Observation } from '../../../shared/observation.ts';
import { allValues, compileField, type FieldReader } from '../fields.ts';
import { compileTest, placed, type ValueTest } from '../tests.ts';
import { type Modifiers, parseModifiers } from './modifiers.ts';
import { compilePattern, parsePattern } from './pattern.ts';
import { gather, isMap, isScalar, isSeq, members, type Node, plain, RuleError, type Scalar } from './source.ts';
import { eventText, readValue, type Value } from './values.ts';

export type Predicate = (observation: Observation) => boolean;

export interface Compiled {
  readonly matches: Predicate;
  /** Fields that are read, in order of appearance. */
  readonly fields: readonly string[];
}

/** A search identifier: a map (all of it), a list (any of it), or a keyword. @throws RuleError, RuleErrors */
export function compileIdentifier(node: Node | null, name: Scalar): Compiled {
  const value = plain(node);
  if (value === null || (isScalar(value) && value.value === null))
    throw new RuleError('a search identifier is empty', name);
  if (isMap(value)) {
    const items = members(value);
    if (items.length === 0) throw new RuleError('a search identifier is empty', value);
    return every(
      gather(
        items.map(
          ({ key, keyNode, value: of }) =>
            () =>
              compileItem(key, keyNode, of),
        ),
      ),
    );
  }
  if (isSeq(value)) {
    if (value.items.length === 0) throw new RuleError('a search identifier is empty', value);
    return some(gather(value.items.map((item) => () => compileElement(plain(item), value))));
  }
  return compileElement(value, value);
}

/** Lists may mix maps and keywords: any of them. */
function compileElement(node: Node | null, owner: Node): Compiled {
  if (isMap(node)) return compileIdentifier(node, owner as Scalar);
  return { matches: keyword(readValue(node, owner)), fields: [] };
}

/** One key of a map: `field|modifier|modifier`, or `|all` for keywords that must all be there. */
function compileItem(key: string, keyNode: Scalar, node: Node | null): Compiled {
  const [field = ''] = key.split('|');
  const modifiers = parseModifiers(key, keyNode);
  const values = valuesOf(node, keyNode);
  if (modifiers.all && !isSeq(node)) throw new RuleError('all is for lists of values', keyNode);
  if (field === '') return { matches: keywords(values, modifiers, keyNode), fields: [] };
  const matches = compileValues(compileField(field), values, modifiers);
  const others =
    modifiers.test === 'fieldref' ? values.flatMap((value) => (value.kind === 'string' ? [value.text] : [])) : [];
  return { matches: modifiers.neq ? (observation) => !matches(observation) : matches, fields: [field, ...others] };
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

function compileValues(read: FieldReader, values: readonly Value[], modifiers: Modifiers): Predicate {
  if (modifiers.test === 'exists') return exists(read, values);
  const [first] = values;
  // Absent or explicitly null; never the empty text.
  if (first?.kind === 'null') {
    if (modifiers.names.some((name) => name !== 'neq'))
      throw new RuleError('null takes no modifier but neq', first.node);
    return (observation) => {
      const { present, values: found } = read(observation);
      return !present || found.some((value) => value === null);
    };
  }
  const tests = values.map((value) =>
    modifiers.test === 'fieldref' ? fieldTest(read, value, modifiers) : valueTest(read, compileTest(value, modifiers)),
  );
  return modifiers.all
    ? (observation) => tests.every((test) => test(observation))
    : (observation) => tests.some((test) => test(observation));
}

const valueTest =
  (read: FieldReader, test: ValueTest): Predicate =>
  (observation) =>
    read(observation).values.some(test);

/** Presence alone: a field that is null or empty is there. */
function exists(read: FieldReader, [value, second]: readonly Value[]): Predicate {
  if (value?.kind !== 'boolean' || second !== undefined) throw new RuleError('exists takes true or false', value?.node);
  const { boolean } = value;
  return (observation) => read(observation).present === boolean;
}

/** Equality as text with another field of the same event; absent on either side is false. */
function fieldTest(read: FieldReader, value: Value, { place, cased }: Modifiers): Predicate {
  if (value.kind !== 'string') throw new RuleError('fieldref takes the name of a field', value.node);
  const readOther = compileField(value.text);
  return (observation) => {
    const texts = read(observation)
      .values.map(eventText)
      .filter((text) => text !== undefined);
    const others = readOther(observation)
      .values.map(eventText)
      .filter((text) => text !== undefined);
    return others.some((other) => {
      const test = compilePattern(placed([{ kind: 'text', text: other }], place), { cased });
      return texts.some(test);
    });
  };
}

/** A keyword is part of any value of the event. */
function keyword(value: Value): Predicate {
  if (value.kind === 'null') throw new RuleError('null is no keyword', value.node);
  const test = compilePattern(placed(parsePattern(value.text), 'contains'), { cased: false });
  return (observation) => allValues(observation).some((found) => test(eventText(found) ?? ''));
}

function keywords(values: readonly Value[], { names }: Modifiers, keyNode: Scalar): Predicate {
  if (names.length === 0) throw new RuleError('a field has a name', keyNode);
  if (names.some((name) => name !== 'all')) throw new RuleError('keywords take no other modifier than all', keyNode);
  const tests = values.map(keyword);
  return (observation) => tests.every((found) => found(observation));
}

const every = (parts: readonly Compiled[]): Compiled =>
  join(parts, (tests) => (observation) => tests.every((test) => test(observation)));
const some = (parts: readonly Compiled[]): Compiled =>
  join(parts, (tests) => (observation) => tests.some((test) => test(observation)));

function join(parts: readonly Compiled[], combine: (tests: readonly Predicate[]) => Predicate): Compiled {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return {
    matches: combine(parts.map(({ matches }) => matches)),
    fields: [...new Set(parts.flatMap(({ fields }) => fields))],
  };
}

import type { Detection } from '../rule.ts';
import { parseCondition } from './condition.ts';
import { type Condition, type Expression, fieldsRead } from './expression.ts';
import { parseIdentifier } from './item.ts';
import type { Expansion } from './room.ts';
import { gather, isMap, isScalar, isSeq, members, pairOf, plain, RuleError, type YAMLMap } from './source.ts';

/** The member `detection` of a rule. @throws RuleError, RuleErrors */
export function parseDetection(root: YAMLMap, expansion: Expansion): Detection {
  const pair = pairOf(root, 'detection');
  const node = plain(pair?.value);
  if (!isMap(node)) throw new RuleError('a rule needs a detection', pair?.key ?? root);
  return parseSearch(node, [], expansion);
}

/** Search identifiers and the condition over them, in a map that may have other members besides. @throws RuleError, RuleErrors */
export function parseSearch(map: YAMLMap, besides: readonly string[], expansion: Expansion): Detection {
  const all = members(map);
  const timeframe = all.find(({ key }) => key === 'timeframe');
  if (timeframe !== undefined)
    throw new RuleError('timeframe was removed from Sigma; correlation rules replace it', timeframe.keyNode);
  const searched = all.filter(({ key }) => key !== 'condition' && !besides.includes(key));
  if (searched.length === 0) throw new RuleError('a detection needs a search identifier', map);
  const names = searched.map(({ key }) => key);
  const identifiers: [string, Expression][] = [];
  const conditions: Condition[] = [];
  gather<unknown>([
    ...searched.map(
      ({ key, keyNode, value }) =>
        () =>
          identifiers.push([key, parseIdentifier(value, keyNode, expansion)]),
    ),
    () => conditions.push(...conditionsOf(map, names)),
  ]);
  return { identifiers: Object.fromEntries(identifiers), conditions };
}

/** One condition, or a list of which any is enough. */
function conditionsOf(map: YAMLMap, identifiers: readonly string[]): readonly Condition[] {
  const pair = pairOf(map, 'condition');
  const node = plain(pair?.value);
  const texts = isSeq(node) && node.items.length > 0 ? node.items : [node];
  return texts.map((text) => {
    if (!isScalar(text) || typeof text.value !== 'string' || text.value.trim() === '')
      throw new RuleError('a detection needs a condition', pair?.key ?? map);
    return parseCondition(text.value, identifiers, text);
  });
}

/** The detection as one expression. */
export function expressionOf({ identifiers, conditions }: Detection): Expression {
  const inline = (condition: Condition): Expression => {
    if (condition.kind === 'not') return { kind: 'not', of: inline(condition.of) };
    if (condition.kind !== 'identifier') return { kind: condition.kind, of: condition.of.map(inline) };
    // A condition names identifiers of its own detection only (parseCondition).
    return Object.hasOwn(identifiers, condition.name) ? (identifiers[condition.name] ?? never) : never;
  };
  return { kind: 'or', of: conditions.map(inline) };
}

const never: Expression = { kind: 'or', of: [] };

/** Fields in order of appearance, also those of identifiers that no condition names. */
export const fieldsOf = ({ identifiers }: Detection): readonly string[] => [
  ...new Set(Object.values(identifiers).flatMap(fieldsRead)),
];

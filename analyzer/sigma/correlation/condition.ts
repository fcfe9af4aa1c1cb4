import {
  didYouMean,
  gather,
  isMap,
  isScalar,
  isSeq,
  members,
  type Node,
  plain,
  RuleError,
  type Scalar,
  writtenIn,
} from '../language/source.ts';
import { wholeOf } from '../language/whole-numbers.ts';
import { enough, mostDifferent } from './measure.ts';
import type { Bound, CorrelationSpec, CorrelationType } from './spec.ts';

export type Condition = Pick<CorrelationSpec, 'bounds' | 'fields' | 'percentile'>;

const operators: readonly Bound['op'][] = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'];

export interface ConditionContext {
  /** Undefined when it is not one of the known: told elsewhere. */
  readonly type: CorrelationType | undefined;
  /** How many rules are correlated. */
  readonly rules: number;
  readonly owner: Node;
  readonly isGiven: boolean;
}

/**
 * Reads a correlation's condition: a map of operators that all have to hold, with `field` and `percentile` where the type asks for them.
 * @throws RuleError, RuleErrors
 */
export function parseCorrelationCondition(node: Node | null, context: ConditionContext): Condition {
  const { type, owner } = context;
  const isTemporal = type === 'temporal' || type === 'temporal_ordered';
  if (!context.isGiven) {
    if (type !== undefined && !isTemporal) throw new RuleError('a correlation needs a condition', owner);
    return { bounds: [{ op: 'gte', number: context.rules }], fields: [] };
  }
  if (isScalar(node) && typeof node.value === 'string')
    throw new RuleError(
      'condition is a map of operators (gte: 3); one of rule names as text is not part of Sigma 2.1',
      node,
    );
  if (!isMap(node)) throw new RuleError('condition is a map of operators (gte: 3)', node ?? owner);

  const all = members(node);
  const wanted = wantedBy(type);
  const condition = gather<Partial<Condition>>([
    ...all.map((member) => () => {
      if (member.key === 'field') return { fields: fieldsOf(member.value, { owner: member.keyNode, type }) };
      if (member.key === 'percentile') return { percentile: percentileOf(member.value, member.keyNode) };
      return {};
    }),
    () => ({ bounds: boundsOf(all, { ...context, owner: node }) }),
    ...(['field', 'percentile'] as const).map((key) => () => {
      const given = all.find((member) => member.key === key);
      if (type === undefined || wanted.has(key) === (given !== undefined)) return {};
      throw given === undefined
        ? new RuleError(`the condition of ${type} needs ${key}`, node)
        : new RuleError(`the condition of ${type} has no ${key}`, given.keyNode);
    }),
  ]);
  return Object.assign({ fields: [], bounds: [] }, ...condition) as Condition;
}

function wantedBy(type: CorrelationType | undefined): ReadonlySet<string> {
  if (type === 'value_percentile') return new Set(['field', 'percentile']);
  return new Set(type?.startsWith('value_') ? ['field'] : []);
}

function boundsOf(all: ReturnType<typeof members>, { owner, type, rules }: ConditionContext): readonly Bound[] {
  const known = [...operators, 'field', 'percentile'];
  const bounds = gather(
    all.map(({ key, keyNode, value }) => (): readonly Bound[] => {
      if (key === 'field' || key === 'percentile') return [];
      const op = operators.find((operator) => operator === key);
      if (op === undefined) {
        const hint = key === 'fields' ? '; did you mean field?' : didYouMean(key, known);
        throw new RuleError(`condition has no ${key}; operators are ${operators.join(', ')}${hint}`, keyNode);
      }
      if (!isScalar(value) || typeof value.value !== 'number' || !Number.isFinite(value.value))
        throw new RuleError(`${key} takes a number`, value ?? keyNode);
      const bound = { op, number: value.value };
      refuseInexact(bound, value);
      if (type === 'value_count') refuseUnreachable(bound, value);
      return [bound];
    }),
  ).flat();
  if (bounds.length > 0) return bounds;
  // A temporal condition may only lower the number of rules; none at all is the default.
  if (type === 'temporal' || type === 'temporal_ordered') return [{ op: 'gte', number: rules }];
  throw new RuleError(`condition needs one of ${operators.join(', ')}`, owner);
}

/** Counts and sums are doubles. */
function refuseInexact({ op, number }: Bound, node: Scalar): void {
  const written = writtenIn(node);
  if (Number.isSafeInteger(number) || wholeOf(written) === undefined || BigInt(number).toString() === wholeOf(written))
    return;
  throw new RuleError(`${op} takes a number up to 2^53; ${written} would be compared as ${BigInt(number)}`, node);
}

/** Of more different values than are kept none is known to be new. */
function refuseUnreachable(bound: Bound, node: Scalar): void {
  if (enough([bound]) <= mostDifferent) return;
  const what = `a value_count tells at most ${mostDifferent} different values apart, which are too few for`;
  throw new RuleError(`${what} ${bound.op}: ${writtenIn(node)}; take a lower number, or an event_count`, node);
}

function fieldsOf(
  node: Node | null,
  { owner, type }: { readonly owner: Node; readonly type: CorrelationType | undefined },
): readonly string[] {
  const items = isSeq(node) ? node.items.map(plain) : [node];
  if (items.length === 0) throw new RuleError('field is the name of a field, or a list of them', node ?? owner);
  if (items.length > 1 && type !== 'value_count' && type !== undefined)
    throw new RuleError(`${type} takes one field; a list is for value_count`, node);
  return items.map((item) => {
    if (!isScalar(item) || typeof item.value !== 'string' || item.value === '')
      throw new RuleError('field is the name of a field, or a list of them', item ?? owner);
    return item.value;
  });
}

function percentileOf(node: Node | null, owner: Node): number {
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value !== 'number' || !(value >= 0 && value <= 100))
    throw new RuleError('percentile is a number from 0 to 100', node ?? owner);
  return value;
}

import type { Bound, CorrelationSpec } from './correlation/spec.ts';
import type { Comparison, Expression, PatternTest, ValueTest } from './language/expression.ts';
import type { Token } from './language/pattern.ts';
import type { LogSource } from './taxonomy.ts';

/** What a rule asks of one event, without and, or and not. */
export type Leaf = Exclude<Expression, { kind: 'and' | 'or' | 'not' }>;

/** What a test asks, as a person would say it; texts stand in quotes, as JSON has them. */
export function leafWords(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'field':
      return `${leaf.field} ${testWords(leaf.test)}`;
    case 'keyword':
      return `any value ${testWords(leaf.test)}`;
    case 'exists':
      return `${leaf.field} is there`;
    case 'null':
      return `${leaf.field} is absent or null`;
    case 'fieldref':
      return `${leaf.field} ${verbs[leaf.place ?? 'is']} what ${leaf.other} has${caseWords(leaf)}`;
  }
}

export function testWords(test: ValueTest): string {
  switch (test.kind) {
    case 'pattern':
      return patternWords(test);
    case 'regex':
      return `matches /${test.source}/${test.flags}`;
    case 'cidr':
      return `is an address in ${test.network}`;
    case 'compare':
      return `is a number ${comparisons[test.op]} ${test.whole ?? test.number}`;
    case 'time':
      return `is a date whose ${test.part} is ${test.op === 'eq' ? '' : `${comparisons[test.op]} `}${test.number}`;
  }
}

const verbs = { is: 'is', contains: 'contains', startswith: 'begins with', endswith: 'ends with' };
const comparisons: Readonly<Record<Comparison, string>> = {
  gt: 'above',
  gte: 'of at least',
  lt: 'below',
  lte: 'of at most',
};
const caseWords = ({ cased }: { readonly cased?: boolean }): string => (cased === true ? ' (case matters)' : '');

function patternWords(test: PatternTest): string {
  const tokens = test.tokens
    .filter((token) => token.kind !== 'text' || token.text !== '')
    .filter((token, index, all) => token.kind !== 'any' || all[index - 1]?.kind !== 'any');
  const from = tokens[0]?.kind === 'any' ? 1 : 0;
  const to = tokens.length > from && tokens.at(-1)?.kind === 'any' ? tokens.length - 1 : tokens.length;
  const inner = tokens.slice(from, to);
  const before = from === 1;
  const after = to < tokens.length;
  if (inner.length === 0 && before) return 'has any text';
  const dashes = inner.some(({ kind }) => kind === 'dash') ? ' (any dash)' : '';
  if (inner.some(({ kind }) => kind === 'any' || kind === 'one'))
    return `looks like ${quoted(tokens.map(notation).join(''))}${dashes}${caseWords(test)}`;
  const verb = before ? (after ? verbs.contains : verbs.endswith) : after ? verbs.startswith : verbs.is;
  const text = inner.map((token) => (token.kind === 'text' ? token.text : '-')).join('');
  return `${verb} ${quoted(text)}${dashes}${caseWords(test)}`;
}

const quoted = (text: string): string => JSON.stringify(text);

/** A token as rules write it. */
function notation(token: Token): string {
  switch (token.kind) {
    case 'text':
      return token.text.replace(/[\\*?]/g, (character) => `\\${character}`);
    case 'any':
      return '*';
    case 'one':
      return '?';
    case 'dash':
      return '-';
  }
}

/** When a sequence is complete. */
export function correlationWords(spec: CorrelationSpec): string {
  const groups = spec.groupBy.length === 0 ? '' : `, for each ${spec.groupBy.join(', ')}`;
  return `${measureWords(spec)} within ${durationWords(spec.timespanMs)}${groups}`;
}

function measureWords({ type, bounds, fields, rules, percentile }: CorrelationSpec): string {
  const limits = bounds.map(boundWords).join(' and ');
  const field = fields.join(', ');
  switch (type) {
    case 'event_count':
      return `${limits} events`;
    case 'value_count':
      return `${limits} different values of ${field}`;
    case 'temporal':
      return `${limits} of ${rules.length} rules`;
    case 'temporal_ordered':
      return `${limits} of ${rules.length} rules one after the other`;
    case 'value_sum':
      return `the sum of ${field} is ${limits}`;
    case 'value_avg':
      return `the mean of ${field} is ${limits}`;
    case 'value_median':
      return `the median of ${field} is ${limits}`;
    case 'value_percentile':
      return `the percentile ${percentile ?? 50} of ${field} is ${limits}`;
  }
}

const boundNames: Readonly<Record<Bound['op'], string>> = {
  gt: 'more than',
  gte: 'at least',
  lt: 'less than',
  lte: 'at most',
  eq: 'exactly',
  neq: 'not',
};
const boundWords = ({ op, number }: Bound): string => `${boundNames[op]} ${number}`;

/** The largest unit that it is a whole number of. */
export function durationWords(ms: number): string {
  const units = [
    ['w', 604_800_000],
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const;
  const unit = units.find(([, size]) => ms % size === 0);
  return unit === undefined ? `${ms / 1_000}s` : `${ms / unit[1]}${unit[0]}`;
}

/** `product linux, category process_creation` */
export const logSourceWords = ({ product, category, service }: LogSource): string =>
  Object.entries({ product, category, service })
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]))
    .join(', ') || 'any log source';

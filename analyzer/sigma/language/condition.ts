import type { Condition } from './expression.ts';
import { anyRun, compilePattern, type Token } from './pattern.ts';
import { didYouMean, type NodeLike, RuleError } from './source.ts';

/** Parentheses and negations within each other; people write three. */
const deepest = 100;

/**
 * Parses a condition (specification 2.1): or < and < not < `x of`. `1 of`, `any of` and `all of` are resolved to the identifiers they name;
 * `them` and patterns leave out identifiers that begin with `_` unless the pattern does too.
 * @throws RuleError with the place of the word that is wrong
 */
export function parseCondition(text: string, identifiers: readonly string[], node: NodeLike): Condition {
  const cursor = createCursor(text, node);
  const condition = createGrammar(cursor, identifiers).or();
  const left = cursor.peek();
  if (left !== undefined) throw cursor.wrong(left, pipe(left.text) ?? `${left.text} is not expected here`);
  return condition;
}

interface Word {
  readonly text: string;
  readonly at: number;
}

interface Cursor {
  peek(): Word | undefined;
  /** Takes the next word if it is that keyword, in any case. */
  accept(keyword: string): boolean;
  /** Takes the next word, whatever it is. */
  take(what: string): Word;
  wrong(word: Word | undefined, message: string): RuleError;
}

function createCursor(text: string, node: NodeLike): Cursor {
  const words: Word[] = [...text.matchAll(/[()]|[^\s()]+/g)].map((match) => ({ text: match[0], at: match.index }));
  let position = 0;
  const wrong = (word: Word | undefined, message: string): RuleError =>
    new RuleError(`condition: ${message}`, node, text.slice(0, word?.at ?? 0));
  return {
    wrong,
    peek: () => words[position],
    accept: (keyword) => {
      const found = is(words[position], keyword);
      if (found) position += 1;
      return found;
    },
    take: (what) => {
      const word = words[position];
      if (word === undefined) throw wrong(words.at(-1), `ends where ${what} is expected`);
      position += 1;
      return word;
    },
  };
}

function createGrammar(cursor: Cursor, identifiers: readonly string[]) {
  const { peek, accept, take, wrong } = cursor;
  let depth = 0;
  const deeper = (at: Word | undefined, inner: () => Condition): Condition => {
    depth += 1;
    if (depth > deepest) throw wrong(at, `nests deeper than ${deepest} levels`);
    const condition = inner();
    depth -= 1;
    return condition;
  };
  const list = (keyword: 'and' | 'or', operand: () => Condition): Condition => {
    const first = operand();
    const of = [first];
    while (accept(keyword)) of.push(operand());
    return of.length === 1 ? first : { kind: keyword, of };
  };
  const or = (): Condition => list('or', and);
  const and = (): Condition => list('and', not);
  const not = (): Condition => {
    const at = peek();
    return accept('not') ? { kind: 'not', of: deeper(at, not) } : atom();
  };
  const atom = (): Condition => {
    const word = take('an identifier');
    if (word.text === '(') {
      const inner = deeper(word, or);
      const close = take(')');
      if (close.text !== ')') throw wrong(close, `${close.text} stands where ) is expected`);
      return inner;
    }
    if (accept('of')) return quantified(word, take('them or a pattern'));
    if (is(word, 'and', 'or', 'not', 'of', ')') || word.text.startsWith('|'))
      throw wrong(word, pipe(word.text) ?? `${word.text} stands where an identifier is expected`);
    if (!identifiers.includes(word.text))
      throw wrong(word, `there is no search identifier ${word.text}${didYouMean(word.text, identifiers)}`);
    return { kind: 'identifier', name: word.text };
  };
  const quantified = (quantifier: Word, pattern: Word): Condition => {
    if (!is(quantifier, '1', 'any', 'all'))
      throw wrong(quantifier, `${quantifier.text} of: only 1, any and all are known`);
    const names = selected(pattern.text, identifiers);
    if (names.length === 0) throw wrong(pattern, `no search identifier matches ${pattern.text}`);
    const of = names.map((name): Condition => ({ kind: 'identifier', name }));
    return { kind: is(quantifier, 'all') ? 'and' : 'or', of };
  };
  return { or };
}

const is = (word: Word | undefined, ...keywords: readonly string[]): boolean =>
  word !== undefined && keywords.includes(word.text.toLowerCase());

const pipe = (word: string): string | undefined =>
  word.startsWith('|')
    ? 'aggregations in a condition were removed from Sigma; correlation rules replace them'
    : undefined;

/** Identifiers that a pattern names; without a star it names one. */
function selected(pattern: string, identifiers: readonly string[]): readonly string[] {
  const open = identifiers.filter((name) => !name.startsWith('_') || pattern.startsWith('_'));
  if (pattern.toLowerCase() === 'them') return open;
  const tokens = pattern
    .split('*')
    .flatMap((text, index): Token[] => [...(index === 0 ? [] : [anyRun]), { kind: 'text', text }]);
  const matches = compilePattern(tokens, { cased: true });
  return open.filter((name) => matches(name));
}

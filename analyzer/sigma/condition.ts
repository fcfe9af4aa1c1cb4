import { didYouMean, type NodeLike, RuleError } from './source.ts';

/** A parsed condition over search identifiers. */
export type Condition =
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] };

interface Word {
  readonly text: string;
  readonly at: number;
}

/**
 * Parses a condition (specification 2.1): or < and < not < `x of`. `1 of`, `any of` and `all of` are resolved to the identifiers they name;
 * `them` and patterns leave out identifiers that begin with `_` unless the pattern does too.
 * @throws RuleError with the place of the word that is wrong
 */
export function parseCondition(text: string, identifiers: readonly string[], node: NodeLike): Condition {
  const words: Word[] = [...text.matchAll(/[()]|[^\s()]+/g)].map((match) => ({ text: match[0], at: match.index }));
  const parser = createParser(words, identifiers, node);
  const condition = parser.or();
  const left = parser.peek();
  if (left !== undefined) throw parser.wrong(left, pipe(left.text) ?? `${left.text} is not expected here`);
  return condition;
}

const pipe = (word: string): string | undefined =>
  word.startsWith('|')
    ? 'aggregations in a condition were removed from Sigma; correlation rules replace them'
    : undefined;

function createParser(words: readonly Word[], identifiers: readonly string[], node: NodeLike) {
  let position = 0;
  const peek = (): Word | undefined => words[position];
  const is = (word: Word | undefined, ...keywords: readonly string[]): boolean =>
    word !== undefined && keywords.includes(word.text.toLowerCase());
  const wrong = (word: Word | undefined, message: string): RuleError =>
    new RuleError(`condition: ${message}`, node, word?.at ?? 0);
  const take = (what: string): Word => {
    const word = peek();
    if (word === undefined) throw wrong(words.at(-1), `ends where ${what} is expected`);
    position += 1;
    return word;
  };

  const list = (keyword: 'and' | 'or', operand: () => Condition): Condition => {
    const of = [operand()];
    while (is(peek(), keyword)) {
      position += 1;
      of.push(operand());
    }
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: keyword, of };
  };
  const or = (): Condition => list('or', and);
  const and = (): Condition => list('and', not);
  const not = (): Condition => {
    if (!is(peek(), 'not')) return atom();
    position += 1;
    return { kind: 'not', of: not() };
  };
  const atom = (): Condition => {
    const word = take('an identifier');
    if (word.text === '(') {
      const inner = or();
      const close = take(')');
      if (close.text !== ')') throw wrong(close, `${close.text} stands where ) is expected`);
      return inner;
    }
    if (is(peek(), 'of')) {
      position += 1;
      return quantified(word, take('them or a pattern'));
    }
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
  return { or, peek, wrong };
}

function selected(pattern: string, identifiers: readonly string[]): readonly string[] {
  const open = identifiers.filter((name) => !name.startsWith('_') || pattern.startsWith('_'));
  if (pattern.toLowerCase() === 'them') return open;
  const expression = new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`);
  return open.filter((name) => expression.test(name));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

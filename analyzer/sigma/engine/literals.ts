import type { PatternTest } from '../language/expression.ts';
import { foldCase, type Token } from '../language/pattern.ts';

/** A text that is looked for in the values of one field, folded; `begin` and `end`: where the value itself begins or ends. */
export interface Literal {
  readonly text: string;
  readonly begin: boolean;
  readonly end: boolean;
}

/** What a pattern comes down to. */
export interface PatternShape {
  /** All of them are in each value that the pattern matches. None: it matches any text, if it is settled. */
  readonly literals: readonly Literal[];
  /** Finding the literals is the whole test; otherwise it is only necessary. */
  readonly settled: boolean;
}

/** Takes a pattern apart into the literals between its wildcards. */
export function shapeOf({ tokens, cased }: PatternTest): PatternShape {
  const parts = merged(tokens);
  const literals = parts.flatMap((token, index): Literal[] =>
    token.kind === 'text' ? [{ text: foldCase(token.text), begin: index === 0, end: index === parts.length - 1 }] : [],
  );
  // Nothing at all: the empty text, whose begin is its end.
  if (parts.length === 0) return { literals: [{ text: '', begin: true, end: true }], settled: true };
  const rest = parts.filter(({ kind }) => kind !== 'text');
  return { literals, settled: cased !== true && literals.length <= 1 && rest.every(({ kind }) => kind === 'any') };
}

/** Neighbouring texts and runs as one each. */
function merged(tokens: readonly Token[]): readonly Token[] {
  const parts: Token[] = [];
  for (const token of tokens) {
    const last = parts.at(-1);
    if (token.kind === 'text' && token.text === '') continue;
    if (token.kind === 'any' && last?.kind === 'any') continue;
    if (token.kind === 'text' && last?.kind === 'text')
      parts[parts.length - 1] = { kind: 'text', text: last.text + token.text };
    else parts.push(token);
  }
  return parts;
}

export type Truth = (name: string) => boolean;

/** `or` binds least, then `and`, then `not`, then `x of`. Gives what the condition comes to. @throws Error for what is no condition */
export function conditionHolds(text: string, names: readonly string[], truth: Truth): boolean {
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  const result = disjunction(words, { names, truth });
  if (words.length > 0) throw new Error(`${words[0]} is left over`);
  return result;
}

interface Scope {
  readonly names: readonly string[];
  readonly truth: Truth;
}

function accept(words: string[], keyword: string): boolean {
  if (words[0]?.toLowerCase() !== keyword) return false;
  words.shift();
  return true;
}

// Both sides are read before they are joined: what is not needed for the answer must still be taken from the words.
function disjunction(words: string[], scope: Scope): boolean {
  let result = conjunction(words, scope);
  while (accept(words, 'or')) result = [conjunction(words, scope), result].some(Boolean);
  return result;
}

function conjunction(words: string[], scope: Scope): boolean {
  let result = negation(words, scope);
  while (accept(words, 'and')) result = [negation(words, scope), result].every(Boolean);
  return result;
}

const negation = (words: string[], scope: Scope): boolean =>
  accept(words, 'not') ? !negation(words, scope) : atom(words, scope);

function atom(words: string[], { names, truth }: Scope): boolean {
  const word = words.shift() ?? '';
  if (word === '(') {
    const inner = disjunction(words, { names, truth });
    if (words.shift() !== ')') throw new Error('a parenthesis is open');
    return inner;
  }
  if (accept(words, 'of')) {
    const chosen = selected(words.shift() ?? '', names);
    if (chosen.length === 0) throw new Error('nothing is selected');
    return word.toLowerCase() === 'all' ? chosen.every(truth) : chosen.some(truth);
  }
  if (!names.includes(word)) throw new Error(`${word} is no search identifier`);
  return truth(word);
}

/** Names that begin with `_` take no part unless the pattern begins so too. */
function selected(pattern: string, names: readonly string[]): readonly string[] {
  const open = names.filter((name) => pattern.startsWith('_') || !name.startsWith('_'));
  if (pattern.toLowerCase() === 'them') return open;
  const parts = pattern.split('*').map((part) => part.replace(/[^\w]/g, '\\$&'));
  return open.filter((name) => new RegExp(`^${parts.join('.*')}$`).test(name));
}

import { exitCode, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';

/** Fewest characters that an id may be cut to where something is decided about: of fewer, another one begins the same by tomorrow. */
const fewestCharacters = 6;
const mostCandidates = 20;

interface Called<One> {
  /** Of what kind they are: `finding`. */
  readonly what: string;
  /** How many begin so, where not all are given. */
  readonly total?: number;
  /** What a person tells it by, beside its id; need not be escaped. */
  title(one: One): string;
  /** What to do where it is none. */
  readonly fix: string;
  /** Exit code where none or several are meant; default: 1. */
  readonly code?: number;
}

/**
 * The one of that id, or the only one whose id begins so, however often it is given.
 * @throws UserError when there is none, or several, which it lists
 */
export function oneCalled<One extends { readonly id: string }>(
  all: readonly One[],
  called: string,
  { what, total, title, fix, code = exitCode.failure }: Called<One>,
): One {
  const fitting = [...new Map(all.map((one) => [one.id, one])).values()].filter(({ id }) => id.startsWith(called));
  const [first] = fitting;
  const count = Math.max(fitting.length, total ?? 0);
  const found = fitting.find(({ id }) => id === called) ?? (count === 1 ? first : undefined);
  if (found !== undefined) return found;
  const shown = escapeControl(called, 80);
  if (first === undefined) throw new UserError(`no ${what} begins with ${shown}`, { fix, code });
  const candidates = fitting
    .slice(0, mostCandidates)
    .map((one) => `  ${escapeControl(one.id, 80)}  ${escapeControl(title(one), 160)}`);
  const more = count - candidates.length;
  const lines = more > 0 ? [...candidates, `  … and ${more} more`] : candidates;
  throw new UserError(`${count} ${what}s begin with ${shown}:\n${lines.join('\n')}`, {
    fix: 'give more of the id',
    code,
  });
}

/** @throws UserError when so little of an id stands for nothing */
export function checkLength(called: string, what: string): void {
  if (called.length >= fewestCharacters) return;
  throw new UserError(`${escapeControl(JSON.stringify(called), 80)} is too short for the id of a ${what}`, {
    fix: `give at least its first ${fewestCharacters} characters`,
    code: exitCode.usage,
  });
}

/**
 * Whether a name fits a pattern in which `*` stands for any text and `?` for any one character; letter case does not matter. At most
 * length times length steps: names are the attacker's.
 */
export function fits(name: string, pattern: string): boolean {
  const text = Array.from(name.toLowerCase());
  const wanted = Array.from(pattern.toLowerCase());
  let [at, next] = [0, 0];
  /** Where to go on when what follows the last `*` does not fit: let it stand for one character more. */
  let again: { readonly next: number; readonly at: number } | undefined;
  while (at < text.length) {
    if (wanted[next] === '*') {
      next += 1;
      again = { next, at };
    } else if (next < wanted.length && (wanted[next] === '?' || wanted[next] === text[at])) {
      next += 1;
      at += 1;
    } else if (again !== undefined) {
      again = { next: again.next, at: again.at + 1 };
      [next, at] = [again.next, again.at];
    } else return false;
  }
  return wanted.slice(next).every((rest) => rest === '*');
}

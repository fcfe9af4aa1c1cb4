/** Longer arguments are not generalised but taken as they are: nothing in them is worth the time. */
const longest = 4_096;

/**
 * Tokens that differ from run to run, most specific first. Only typed tokens are generalised: never a word, an address, a version or a
 * port, so that a new one of those stays new.
 */
const tokens: readonly (readonly [pattern: RegExp, placeholder: string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d{2}-\d{2}(?:[T_ -]\d{2}[:-]?\d{2}(?:[:-]?\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?\b/g, '<date>'],
  [/(?<!\d)(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[T_-]?\d{4}(?:\d{2})?)?(?!\d)/g, '<date>'],
  [/\/proc\/\d+/g, '/proc/<pid>'],
  [/\btmp[._-]?(?=[A-Za-z_]{0,20}[0-9A-Z])[A-Za-z0-9_]{6,20}\b/g, '<temp>'],
  [/\b(?=[a-f]{0,64}\d)(?=\d{0,64}[a-f])[0-9a-f]{8,128}\b/gi, '<hex>'],
  [/(?<![\w.:])\d+(?![\w.])/g, '<number>'],
];

/** An argument with everything that changes from run to run replaced by its type: `/tmp/tmp.X1k9aQ` → `/tmp/<temp>`. */
export function generalise(argument: string): string {
  if (argument.length > longest) return argument;
  return tokens.reduce((text, [pattern, placeholder]) => text.replace(pattern, placeholder), argument);
}

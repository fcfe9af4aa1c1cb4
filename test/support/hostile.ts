import fc from 'fast-check';

/** What an attacker may call things: any UTF-16 at all, and what formats, pages and terminals are made of, many times over. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom('|', '=', '\\', ']', '[', '"', '\n', '\r', '\u0000', ' ', '\u{1b}', '\ud800', '🐳', 'é', '…'),
    maxLength: 40,
  }),
  fc.string({ unit: fc.constantFrom('\\', '🐳', ']', '\u202e', 'a'), minLength: 500, maxLength: 3_000 }),
  fc.constantFrom(
    '"] pwned [x@1 a="',
    'x cs1=other externalId=forged',
    'CEF:0|a|b|c|d|e|10|',
    '\n<8>1 - forged - - - - all is well',
    '</script><b>{{x}}',
    '\u001b]8;;http://x\u0007click\u001b[2J\u009b1A',
    '\r\n\r\nevent: incident\ndata: {}\n\n',
    '<img src=x onerror=alert(1)>\'"--></title><script>',
    '\u2028\u2029\u0085\ufeff\u{e0041}',
    '__proto__',
  ),
);

/** What must not reach a terminal, a log line or a page: Unicode's Cc, Cf, Zl, Zp, Cs and Co. Of ours is the line feed alone. */
export const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u;

/** Members whose texts are from a list, not somebody's choice. */
const listed = new Set([
  'kind',
  'nature',
  'severity',
  'status',
  'change',
  'certainty',
  'about',
  'part',
  'mode',
  'worst',
]);

/** The same value with other texts in the place of every text that somebody could have chosen; names of members stay. */
export function withTexts<T>(value: T, text: () => string): T {
  const changed = (one: unknown, name: string): unknown => {
    if (typeof one === 'string') return listed.has(name) ? one : text();
    if (Array.isArray(one)) return one.map((member) => changed(member, name));
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, member]) => [key, changed(member, key)]));
  };
  return changed(value, '') as T;
}

/** Texts one after the other, over and over. */
export function texts(some: readonly string[]): () => string {
  let next = 0;
  return () => {
    next += 1;
    return some[(next - 1) % some.length] ?? '';
  };
}

export const hostileTexts = fc.array(hostileText, { minLength: 1, maxLength: 30 });

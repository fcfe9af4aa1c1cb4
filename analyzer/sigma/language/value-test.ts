import { RE2JS } from 're2js';
import { messageOf } from '../../../shared/errors.ts';
import {
  type CompareTest,
  type PatternTest,
  type RegexTest,
  type TimePart,
  timeParts,
  type ValueTest,
} from './expression.ts';
import type { Modifiers } from './modifiers.ts';
import { networkOf } from './network.ts';
import { anyRun, hasWildcard, literalOf, parsePattern, spellings, type Token, withDashes } from './pattern.ts';
import { expandPlaceholders } from './placeholders.ts';
import type { Expansion, Room } from './room.ts';
import { RuleError } from './source.ts';
import type { Value } from './values.ts';

/**
 * What one value of a rule under its modifiers asks of one value of an event: any of the tests.
 * `exists`, `fieldref` and null are not about single values: see item.ts. @throws RuleError
 */
export function valueTests(value: Value, modifiers: Modifiers, expansion: Expansion): readonly ValueTest[] {
  const { test, time } = modifiers;
  if (time !== undefined) return [timeTest(value, modifiers, time)];
  switch (test) {
    case 're':
      return [regexTest(value, modifiers)];
    case 'cidr':
      return [{ kind: 'cidr', network: networkOf(value) }];
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return [{ kind: 'compare', op: test, ...comparedWith(value, test) }];
    default:
      return patternTests(value, modifiers, expansion);
  }
}

function patternTests(value: Value, modifiers: Modifiers, { placeholders, room }: Expansion): readonly PatternTest[] {
  const { place, base64 } = modifiers;
  if (value.kind === 'null') throw new RuleError('null takes no modifier but neq', value.node);
  if (value.kind === 'string') {
    const patterns = modifiers.expand ? expandPlaceholders(value, placeholders) : [parsePattern(value.text)];
    if (base64 === undefined && !room.take(patterns.length - 1, value.node)) return [];
    const dashed = modifiers.windash ? patterns.map(withDashes) : patterns;
    const alternatives = base64 === undefined ? dashed : encodedAll(dashed, value, { modifiers, room });
    const others = isWhole(modifiers) ? (value.digits?.texts ?? []) : [];
    return [...alternatives.map((one) => placed(one, place)), ...others.map((one) => [text(one)])].map((tokens) =>
      patternTest(tokens, modifiers),
    );
  }
  const forTexts =
    place ?? base64 ?? (modifiers.windash ? 'windash' : undefined) ?? (modifiers.expand ? 'expand' : undefined);
  if (forTexts !== undefined) throw new RuleError(`${forTexts} is for texts; put the value in quotes`, value.node);
  // `1.10` may be a number or a version, `0x1410` a mask or its value: each is both.
  const texts = value.kind === 'number' ? new Set([value.text, value.written]) : [value.text];
  return Array.from(texts, (content) => patternTest([text(content)], modifiers));
}

/** Values are compared as a whole and as they are, so that another spelling of a number is the same. */
const isWhole = ({ place, base64, windash, expand }: Modifiers): boolean =>
  place === undefined && base64 === undefined && !windash && !expand;

export const patternTest = (tokens: readonly Token[], { cased }: { readonly cased: boolean }): PatternTest => ({
  kind: 'pattern',
  tokens,
  ...(cased && { cased }),
});

/** contains, startswith and endswith add runs to the token list. */
export function placed(tokens: readonly Token[], place: Modifiers['place']): readonly Token[] {
  if (place === 'contains') return [anyRun, ...tokens, anyRun];
  if (place === 'startswith') return [...tokens, anyRun];
  return place === 'endswith' ? [anyRun, ...tokens] : tokens;
}

/** Dashes of one value that may be written out before it is encoded: 5 to that power. */
const mostDashes = 4;

/** Counted before they are made. */
function encodedAll(
  patterns: readonly (readonly Token[])[],
  value: Value,
  { modifiers, room }: { readonly modifiers: Modifiers; readonly room: Room },
): readonly (readonly Token[])[] {
  const places = modifiers.base64 === 'base64' ? 1 : 3;
  const count = patterns.reduce((sum, pattern) => sum + places * 5 ** Math.min(dashesIn(pattern), mostDashes), 0);
  return room.take(count - 1, value.node) ? patterns.flatMap((one) => encoded(one, value, modifiers)) : [];
}

const dashesIn = (pattern: readonly Token[]): number => pattern.filter(({ kind }) => kind === 'dash').length;

/** base64: the value as bytes in standard base64. base64offset: as it reads at each of the three places in a longer encoded text. */
function encoded(
  pattern: readonly Token[],
  { node }: Value,
  { base64, encoding }: Modifiers,
): readonly (readonly Token[])[] {
  if (hasWildcard(pattern)) throw new RuleError(`${base64} takes no wildcards`, node);
  if (dashesIn(pattern) > mostDashes)
    throw new RuleError(`windash before ${base64} takes at most ${mostDashes} dashes in a value`, node);
  return spellings(pattern).flatMap((spelling) => {
    const bytes = bytesOf(literalOf(spelling), encoding);
    if (base64 === 'base64') return [[text(bytes.toString('base64'))]];
    // Of a single byte not one sextet is its own at every place: what is left would be found in everything.
    if (bytes.length < 2) throw new RuleError('base64offset takes at least two bytes', node);
    return [0, 1, 2].map((offset) => [text(atOffset(bytes, offset))]);
  });
}

const text = (content: string): Token => ({ kind: 'text', text: content });

/** Sextets that hold bits of what stands before or behind are cut off. */
function atOffset(bytes: Buffer, offset: number): string {
  const all = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const start = [0, 2, 3][offset] ?? 0;
  const end = [0, 3, 2][(bytes.length + offset) % 3] ?? 0;
  return all.slice(start, all.length - end);
}

function bytesOf(content: string, encoding: Modifiers['encoding']): Buffer {
  if (encoding === undefined) return Buffer.from(content, 'utf8');
  const little = Buffer.from(content, 'utf16le');
  if (encoding === 'utf16le') return little;
  return encoding === 'utf16be' ? Buffer.from(little).swap16() : Buffer.concat([Buffer.from([0xff, 0xfe]), little]);
}

/** Unanchored, case-sensitive, raw text without Sigma escapes; linear time whatever the expression. */
function regexTest(value: Value, { regexFlags }: Modifiers): RegexTest {
  if (value.kind !== 'string') throw new RuleError('re takes a text', value.node);
  const test: RegexTest = {
    kind: 'regex',
    source: value.text,
    flags: (['i', 'm', 's'] as const).filter((flag) => regexFlags.has(flag)).join(''),
  };
  try {
    compileRegex(test);
  } catch (error) {
    throw new RuleError(`not a regular expression that runs in linear time: ${messageOf(error)}`, value.node);
  }
  return test;
}

/** @throws what re2js throws for an expression that it cannot run in linear time */
export function compileRegex({ source, flags }: RegexTest): RE2JS {
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  return RE2JS.compile(source, bits);
}

function timeTest(value: Value, { test }: Modifiers, part: TimePart): ValueTest {
  const op = test === 'gt' || test === 'gte' || test === 'lt' || test === 'lte' ? test : 'eq';
  return { kind: 'time', part, op, number: numberOf(value, part) };
}

/** Beyond 2^53 by all digits: a double is only near. */
function comparedWith(value: Value, what: string): Pick<CompareTest, 'number' | 'whole'> {
  const whole = value.kind === 'string' ? value.digits?.whole : undefined;
  return whole === undefined ? { number: numberOf(value, what) } : { number: Number(whole), whole };
}

function numberOf(value: Value, what: string): number {
  if (value.kind === 'number') return value.number;
  if (value.kind !== 'string' || value.digits === undefined)
    throw new RuleError(`${what} takes a number without quotes`, value.node);
  if (/^[-+]?0\d/.test(value.text))
    throw new RuleError(`${what} takes a number without leading zeros, not ${value.text}`, value.node);
  const kind = isPartOfDate(what) ? 'a number below 2^53' : 'beyond 2^53 only whole numbers of at most 308 digits';
  throw new RuleError(`${what} takes ${kind}, not ${value.text}`, value.node);
}

const isPartOfDate = (what: string): boolean => timeParts.some((part) => part === what);

import ipaddr from 'ipaddr.js';
import { RE2JS } from 're2js';
import { messageOf } from '../../shared/errors.ts';
import type { Modifiers } from './language/modifiers.ts';
import {
  anyRun,
  compilePattern,
  hasWildcard,
  literalOf,
  parsePattern,
  type TextTest,
  type Token,
  withDashes,
} from './language/pattern.ts';
import { RuleError } from './language/source.ts';
import { eventNumber, eventText, type Value } from './language/values.ts';

/** Whether one value of an event satisfies one value of a rule. */
export type ValueTest = (value: unknown) => boolean;

/** Compiles a value under its modifiers. `exists`, `fieldref` and null are not about single values: see item.ts. @throws RuleError */
export function compileTest(value: Value, modifiers: Modifiers): ValueTest {
  switch (modifiers.test) {
    case 're':
      return onText(compileRegex(value, modifiers));
    case 'cidr':
      return onText(compileCidr(value));
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return compileComparison(value, modifiers.test);
    default:
      return onText(compileText(value, modifiers));
  }
}

const onText =
  (test: TextTest): ValueTest =>
  (value) => {
    const text = eventText(value);
    return text !== undefined && test(text);
  };

function compileText(value: Value, modifiers: Modifiers): TextTest {
  const { place, base64 } = modifiers;
  if (value.kind === 'null') throw new RuleError('null takes no modifier but neq', value.node);
  if (value.kind !== 'string') {
    const forTexts = place ?? base64 ?? (modifiers.windash ? 'windash' : undefined);
    if (forTexts !== undefined) throw new RuleError(`${forTexts} is for texts; put the value in quotes`, value.node);
    return compilePattern([{ kind: 'text', text: value.text }], modifiers);
  }
  const alternatives = base64 === undefined ? [parsePattern(value.text)] : encoded(value, modifiers);
  const tests = alternatives.map((tokens) =>
    compilePattern(placed(modifiers.windash ? withDashes(tokens) : tokens, place), modifiers),
  );
  const [only] = tests;
  return tests.length === 1 && only !== undefined ? only : (text) => tests.some((test) => test(text));
}

/** contains, startswith and endswith add runs to the token list. */
export function placed(tokens: readonly Token[], place: Modifiers['place']): readonly Token[] {
  if (place === 'contains') return [anyRun, ...tokens, anyRun];
  if (place === 'startswith') return [...tokens, anyRun];
  return place === 'endswith' ? [anyRun, ...tokens] : tokens;
}

/** base64: the value as bytes in standard base64. base64offset: as it reads at each of the three places in a longer encoded text. */
function encoded(
  value: Extract<Value, { kind: 'string' }>,
  { base64, encoding }: Modifiers,
): readonly (readonly Token[])[] {
  const pattern = parsePattern(value.text);
  if (hasWildcard(pattern)) throw new RuleError(`${base64} takes no wildcards`, value.node);
  const bytes = bytesOf(literalOf(pattern), encoding);
  const text = (content: string): readonly Token[] => [{ kind: 'text', text: content }];
  if (base64 === 'base64') return [text(bytes.toString('base64'))];
  // Of a single byte not one sextet is its own at every place: what is left would be found in everything.
  if (bytes.length < 2) throw new RuleError('base64offset takes at least two bytes', value.node);
  return [0, 1, 2].map((offset) => {
    const all = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // Sextets that hold bits of what stands before or behind are cut off.
    const start = [0, 2, 3][offset] ?? 0;
    const end = [0, 3, 2][(bytes.length + offset) % 3] ?? 0;
    return text(all.slice(start, all.length - end));
  });
}

function bytesOf(text: string, encoding: Modifiers['encoding']): Buffer {
  if (encoding === undefined) return Buffer.from(text, 'utf8');
  const little = Buffer.from(text, 'utf16le');
  if (encoding === 'utf16le') return little;
  return encoding === 'utf16be' ? Buffer.from(little).swap16() : Buffer.concat([Buffer.from([0xff, 0xfe]), little]);
}

/** Unanchored, case-sensitive, raw text without Sigma escapes; linear time whatever the expression. */
function compileRegex(value: Value, { regexFlags }: Modifiers): TextTest {
  if (value.kind !== 'string') throw new RuleError('re takes a text', value.node);
  let bits = 0;
  if (regexFlags.has('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (regexFlags.has('m')) bits |= RE2JS.MULTILINE;
  if (regexFlags.has('s')) bits |= RE2JS.DOTALL;
  try {
    const expression = RE2JS.compile(value.text, bits);
    return (text) => expression.test(text);
  } catch (error) {
    throw new RuleError(`not a regular expression that runs in linear time: ${messageOf(error)}`, value.node);
  }
}

function compileCidr(value: Value): TextTest {
  if (value.kind !== 'string') throw new RuleError('cidr takes a network as text', value.node);
  const [network, bits] = networkOf(value.text, value);
  return (text) => {
    if (!isAddress(text)) return false;
    const address = ipaddr.process(text);
    return address.kind() === network.kind() && address.match(network, bits);
  };
}

function networkOf(text: string, { node }: Value): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const [ip = '', prefix, ...rest] = text.split('/');
  if (!isAddress(ip) || rest.length > 0) throw new RuleError(`${text} is no network`, node);
  const address = ipaddr.parse(ip);
  const most = address.kind() === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix);
  if (!/^\d+$/.test(prefix ?? '0') || bits > most) throw new RuleError(`${text} is no network`, node);
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  const first = family.networkAddressFromCIDR(`${address.toString()}/${bits}`);
  if (first.toString() !== address.toString())
    throw new RuleError(`${text} has bits set behind its prefix; the network is ${first.toString()}/${bits}`, node);
  return [address, bits];
}

/** As people and systems write it; the library also takes `80` and `0x7f.1` for addresses. */
const isAddress = (text: string): boolean =>
  text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);

const comparisons = {
  gt: (a: number, b: number) => a > b,
  gte: (a: number, b: number) => a >= b,
  lt: (a: number, b: number) => a < b,
  lte: (a: number, b: number) => a <= b,
};

function compileComparison(value: Value, test: keyof typeof comparisons): ValueTest {
  if (value.kind !== 'number') throw new RuleError(`${test} takes a number without quotes`, value.node);
  const compare = comparisons[test];
  const { number } = value;
  return (candidate) => {
    const found = eventNumber(candidate);
    return found !== undefined && compare(found, number);
  };
}

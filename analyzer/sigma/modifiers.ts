import { didYouMean, type NodeLike, RuleError } from './source.ts';

/** Modifiers of one key, checked against each other. */
export interface Modifiers {
  readonly place: 'contains' | 'startswith' | 'endswith' | undefined;
  readonly all: boolean;
  readonly cased: boolean;
  readonly neq: boolean;
  readonly windash: boolean;
  readonly encoding: 'utf16le' | 'utf16be' | 'utf16' | undefined;
  readonly base64: 'base64' | 'base64offset' | undefined;
  readonly test: 'text' | 're' | 'cidr' | 'exists' | 'fieldref' | 'gt' | 'gte' | 'lt' | 'lte';
  readonly regexFlags: ReadonlySet<'i' | 'm' | 's'>;
}

const places = ['contains', 'startswith', 'endswith'];
const tests = ['re', 'cidr', 'exists', 'fieldref', 'gt', 'gte', 'lt', 'lte'];
const encodings = ['utf16le', 'wide', 'utf16be', 'utf16'];
const base64s = ['base64', 'base64offset'];
const flags: ReadonlyMap<string, 'i' | 'm' | 's'> = new Map([
  ['i', 'i'],
  ['ignorecase', 'i'],
  ['m', 'm'],
  ['multiline', 'm'],
  ['s', 's'],
  ['dotall', 's'],
]);
const notYet = ['minute', 'hour', 'day', 'week', 'month', 'year', 'expand'];
const known = [
  ...places,
  ...tests,
  ...encodings,
  ...base64s,
  ...flags.keys(),
  ...notYet,
  'all',
  'cased',
  'neq',
  'windash',
];

/** Checks the chain left to right (specification 2.1, "Modifiers"). @throws RuleError at the key */
export function parseModifiers(names: readonly string[], node: NodeLike): Modifiers {
  for (const name of names) {
    if (name === '') throw new RuleError('an empty modifier', node);
    if (!known.includes(name)) throw new RuleError(`unknown modifier ${name}${didYouMean(name, known)}`, node);
    if (notYet.includes(name)) throw new RuleError(`modifier ${name} is not supported yet`, node);
  }
  const one = (group: readonly string[]): string | undefined => {
    const found = names.filter((name) => group.includes(name));
    if (found.length > 1) throw new RuleError(`${found.join(' and ')} exclude each other`, node);
    return found[0];
  };
  const encoding = one(encodings);
  const modifiers = {
    place: one(places),
    all: names.includes('all'),
    cased: names.includes('cased'),
    neq: names.includes('neq'),
    windash: names.includes('windash'),
    encoding: encoding === 'wide' ? 'utf16le' : encoding,
    base64: one(base64s),
    test: one(tests) ?? 'text',
    regexFlags: new Set(names.flatMap((name) => flags.get(name) ?? [])),
    // The groups hold exactly the members of the types.
  } as Modifiers;
  checkChain(names, modifiers, node);
  return modifiers;
}

function checkChain(
  names: readonly string[],
  { test, place, encoding, base64, windash, regexFlags }: Modifiers,
  node: NodeLike,
): void {
  const refuse = (message: string): never => {
    throw new RuleError(message, node);
  };
  if (test === 're' && names[0] !== 're') refuse('re comes first');
  if (regexFlags.size > 0 && test !== 're') refuse('i, m and s belong behind re');
  if (
    (test === 'cidr' || test === 'exists') &&
    names.some((name) => name !== test && name !== 'all' && name !== 'neq')
  ) {
    refuse(`${test} stands alone`);
  }
  if (['re', 'gt', 'gte', 'lt', 'lte'].includes(test) && (place !== undefined || base64 !== undefined || windash)) {
    refuse(`${test} takes no text modifiers`);
  }
  if (encoding !== undefined && base64 === undefined) refuse(`${encoding} is followed by base64 or base64offset`);
}

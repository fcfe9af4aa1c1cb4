import { type TimePart, timeParts } from './expression.ts';
import { didYouMean, type NodeLike, RuleError } from './source.ts';

/** Modifiers of one key, checked against each other. */
export interface Modifiers {
  /** As written. */
  readonly names: readonly string[];
  readonly place: 'contains' | 'startswith' | 'endswith' | undefined;
  readonly all: boolean;
  readonly cased: boolean;
  readonly neq: boolean;
  readonly windash: boolean;
  readonly encoding: 'utf16le' | 'utf16be' | 'utf16' | undefined;
  readonly base64: 'base64' | 'base64offset' | undefined;
  /** Placeholders are replaced. */
  readonly expand: boolean;
  /** The part of a date that a number is compared with; by `eq` unless `test` says another. */
  readonly time: TimePart | undefined;
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
/** Every modifier. */
export const modifierNames: readonly string[] = [
  ...places,
  ...tests,
  ...encodings,
  ...base64s,
  ...flags.keys(),
  ...timeParts,
  'expand',
  'all',
  'cased',
  'neq',
  'windash',
];

/** Checks the chain of a key `field|modifier|…` (specification 2.1, "Modifiers"). @throws RuleError at the modifier */
export function parseModifiers(key: string, node: NodeLike): Modifiers {
  const [field = '', ...names] = key.split('|');
  for (const [index, name] of names.entries()) {
    const refuse = (message: string): never => {
      throw new RuleError(message, node, `${[field, ...names.slice(0, index)].join('|')}|`);
    };
    if (name === '') refuse('an empty modifier');
    if (!modifierNames.includes(name)) refuse(`unknown modifier ${name}${didYouMean(name, modifierNames)}`);
    if (names.indexOf(name) !== index) refuse(`modifier ${name} stands there twice`);
  }
  const one = (group: readonly string[]): string | undefined => {
    const found = names.filter((name) => group.includes(name));
    if (found.length > 1) throw new RuleError(`${found.join(' and ')} exclude each other`, node);
    return found[0];
  };
  const encoding = one(encodings);
  const modifiers = {
    names,
    place: one(places),
    all: names.includes('all'),
    cased: names.includes('cased'),
    neq: names.includes('neq'),
    windash: names.includes('windash'),
    encoding: encoding === 'wide' ? 'utf16le' : encoding,
    base64: one(base64s),
    expand: names.includes('expand'),
    time: one(timeParts),
    test: one(tests) ?? 'text',
    regexFlags: new Set(names.flatMap((name) => flags.get(name) ?? [])),
    // The groups hold exactly the members of the types.
  } as Modifiers;
  const wrong = whatIsWrong(modifiers);
  if (wrong !== undefined) throw new RuleError(wrong, node);
  return modifiers;
}

/** Modifiers that each test can stand with; `all` and `neq` are about the values as a whole. */
const companions: Readonly<Record<Modifiers['test'], readonly string[]>> = {
  text: [...places, ...encodings, ...base64s, 'windash', 'expand', 'cased', 'all', 'neq'],
  re: [...flags.keys(), 'all', 'neq'],
  cidr: ['all', 'neq'],
  exists: [],
  fieldref: [...places, 'cased', 'all', 'neq'],
  gt: ['all', 'neq'],
  gte: ['all', 'neq'],
  lt: ['all', 'neq'],
  lte: ['all', 'neq'],
};

/** A part of a date is a number: nothing else goes with it. */
const timeCompanions = ['gt', 'gte', 'lt', 'lte', 'all', 'neq'];

/** Left to right: bytes, then base64 of them, then the place in the value. */
const steps = [encodings, base64s, places];
const stepOf = (name: string): number => steps.findIndex((step) => step.includes(name));

function whatIsWrong(modifiers: Modifiers): string | undefined {
  const { names, test, time } = modifiers;
  if (test === 're' && names[0] !== 're') return 're comes first';
  if (time !== undefined && names[0] !== time) return `${time} comes first`;
  const [owner, allowed] = time === undefined ? [test, companions[test]] : [time, timeCompanions];
  const stranger = names.find((name) => name !== owner && !allowed.includes(name));
  if (stranger === undefined) return wrongOrder(modifiers);
  return flags.has(stranger) ? `${stranger} belongs behind re` : `${owner} does not go with ${stranger}`;
}

function wrongOrder({ names, encoding, base64, windash }: Modifiers): string | undefined {
  if (encoding !== undefined && base64 === undefined)
    return `${names.find((name) => encodings.includes(name))} is followed by base64 or base64offset`;
  const ordered = names.filter((name) => stepOf(name) >= 0);
  const inOrder = ordered.toSorted((a, b) => stepOf(a) - stepOf(b));
  if (ordered.join() !== inOrder.join()) return `the order is ${inOrder.join(', ')}`;
  const encodes = encoding ?? base64;
  return windash && encodes !== undefined && names.indexOf('windash') > names.findIndex((name) => stepOf(name) >= 0)
    ? `the order is windash, ${inOrder.join(', ')}`
    : undefined;
}

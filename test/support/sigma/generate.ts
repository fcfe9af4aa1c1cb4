import fc from 'fast-check';
import { stringify } from 'yaml';
import { event } from './generate-event.ts';
import { anyItem, frame, oneOrMore, scalar } from './generate-item.ts';
import { stem } from './generate-text.ts';
import type { PlainEvent, PlainRule } from './oracle.ts';
import { NumberAsWritten } from './oracle-event.ts';

export interface RuleSetCase {
  readonly rules: readonly PlainRule[];
  readonly events: readonly PlainEvent[];
  /** How the events are spelt as JSON: see `spell`. */
  readonly spelling: number;
}

/** Rules that share what they look for, and events made of the same. */
export const ruleSetCase = (): fc.Arbitrary<RuleSetCase> =>
  fc.uniqueArray(stem(), { minLength: 1, maxLength: 5 }).chain((pool) =>
    fc.record({
      rules: fc
        .oneof(
          { weight: 6, arbitrary: fc.array(detection(pool), { minLength: 1, maxLength: 6 }) },
          { weight: 1, arbitrary: fc.array(detection(pool), { minLength: 20, maxLength: 30 }) },
        )
        .map((detections) => detections.map(ruleOf)),
      events: fc.array(event(pool), { minLength: 1, maxLength: 6 }),
      spelling: fc.nat(),
    }),
  );

const ruleOf = (detection: PlainRule, index: number): PlainRule => ({
  title: `Rule ${index}`,
  id: `rule-${index}`,
  logsource: { product: 'test' },
  detection,
});

const names = [
  'sel',
  'sel_1',
  'sel_2',
  'my_sel_1',
  'filter',
  'filter_main.conf',
  'notes',
  'order',
  '_hidden',
  '_h2',
  'x-y',
  '1st',
];

const detection = (pool: readonly string[]): fc.Arbitrary<PlainRule> =>
  fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).chain((used) =>
    fc.tuple(fc.tuple(...used.map(() => identifier(pool))), oneOrMore(condition(used))).map(([identifiers, of]) => ({
      ...Object.fromEntries(used.map((name, index) => [name, identifiers[index]])),
      condition: of,
    })),
  );

function identifier(pool: readonly string[]): fc.Arbitrary<unknown> {
  const keyword = scalar(pool);
  const keywords = fc.array(keyword, { minLength: 2, maxLength: 3 });
  const map = fc
    .array(anyItem(pool), { minLength: 1, maxLength: 3 })
    .map((items): unknown => Object.fromEntries(items));
  const listOf = (of: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.array(of, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 8, arbitrary: map },
    { weight: 2, arbitrary: listOf(map) },
    { weight: 1, arbitrary: listOf(fc.oneof(map, keyword)) },
    { weight: 1, arbitrary: listOf(keyword) },
    { weight: 1, arbitrary: keywords.map((all) => ({ '|all': all })) },
    { weight: 1, arbitrary: keyword },
  );
}

/** Conditions over these names; a pattern stands there only when it selects something. */
function condition(used: readonly string[]): fc.Arbitrary<string> {
  const open = used.filter((name) => !name.startsWith('_'));
  const [first] = open;
  const patterns = [
    ...(first === undefined ? [] : ['them', '*', first, `${first.slice(0, 2)}*`, `*${first.slice(-1)}`]),
    ...(open.length < used.length ? ['_*'] : []),
  ];
  const keyword = (word: string) => fc.constantFrom(word, word, word.toUpperCase());
  const selector = fc.tuple(fc.constantFrom('1', 'any', 'all'), fc.constant('of'), fc.constantFrom(...patterns));
  const atom = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...used) },
    { weight: 2, arbitrary: selector.map((words) => words.join(' ')) },
  );
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      atom,
      fc.tuple(keyword('not'), tie('tree')).map((words) => words.join(' ')),
      fc.tuple(tie('tree'), fc.oneof(keyword('and'), keyword('or')), tie('tree')).map((words) => words.join(' ')),
      tie('tree').map((of) => `(${of})`),
    ),
  }));
  return tree;
}

/** Rules as the text of a file. */
export const printRules = (rules: readonly PlainRule[]): string =>
  rules
    .map((rule) => `---\n${stringify(rule, { lineWidth: 0, aliasDuplicateObjects: false }).replace(frame, '$1')}`)
    .join('');

/** Digits without quotes are a number, but for those with leading zeros. */
function unframed(value: string): unknown {
  const text = value.replace(frame, '$1');
  return text === value || /^0\d/.test(text) ? text : new NumberAsWritten(Number(text), text);
}

/** Rules as the second evaluator takes them. */
export function readRules(rules: readonly PlainRule[]): readonly PlainRule[] {
  const read = (value: unknown): unknown => {
    if (typeof value === 'string') return unframed(value);
    if (Array.isArray(value)) return value.map(read);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, read(of)]));
  };
  // What was a map is one again.
  return rules.map((rule) => read(rule) as PlainRule);
}

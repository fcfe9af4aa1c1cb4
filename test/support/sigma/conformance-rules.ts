import { detection, type MatchCase, type RefusalCase, refused, ruleText } from './conformance.ts';

const names = [
  'a',
  'b',
  'c',
  'sel_1',
  'sel_2',
  'my_sel_1',
  '_hidden',
  'notes',
  'order',
  'filter_main.conf',
  'x-y',
  '1st',
];
const identifiers = names.map((name) => `${name}: {f: '${name}'}`).join('\n');

/** Over identifiers that are true when the field `f` has a value of their name. */
function condition(
  text: string,
  { yes, no }: { yes: readonly (readonly string[])[]; no: readonly (readonly string[])[] },
): MatchCase {
  return detection('1.5', text, `${identifiers}\ncondition: ${text}`, {
    yes: yes.map((f) => ({ f })),
    no: no.map((f) => ({ f })),
  });
}

/** §1.5: conditions. */
export const conditionCases: readonly MatchCase[] = [
  condition('a', { yes: [['a']], no: [[], ['b']] }),
  condition('not a', { yes: [[]], no: [['a']] }),
  condition('not not a', { yes: [['a']], no: [[]] }),
  condition('a and b', { yes: [['a', 'b']], no: [['a']] }),
  condition('a or b', { yes: [['a'], ['b']], no: [['c']] }),
  condition('a or b and c', { yes: [['a'], ['b', 'c']], no: [['b'], ['c']] }),
  condition('a and b or c', { yes: [['c'], ['a', 'b']], no: [['a']] }),
  condition('(a or b) and c', { yes: [['b', 'c']], no: [['a'], ['c']] }),
  condition('not a and b', { yes: [['b']], no: [['a', 'b'], []] }),
  condition('not a or b', { yes: [[], ['a', 'b']], no: [['a']] }),
  condition('not (a or b)', { yes: [['c']], no: [['a'], ['b']] }),
  condition('a AND NOT b OR c', { yes: [['a'], ['b', 'c']], no: [['a', 'b']] }),
  condition('(a)and(not(b))', { yes: [['a']], no: [['a', 'b']] }),
  condition('1 of sel_*', { yes: [['sel_1'], ['sel_2']], no: [['a'], ['my_sel_1']] }),
  condition('any of sel_*', { yes: [['sel_2']], no: [['a']] }),
  condition('all of sel_*', { yes: [['sel_1', 'sel_2']], no: [['sel_1']] }),
  condition('not 1 of sel_*', { yes: [['a']], no: [['sel_2']] }),
  condition('not all of sel_* and a', { yes: [['a', 'sel_1']], no: [['a', 'sel_1', 'sel_2'], []] }),
  condition('1 of sel_1', { yes: [['sel_1']], no: [['sel_2']] }),
  condition('1 of *_1', { yes: [['sel_1'], ['my_sel_1']], no: [['sel_2']] }),
  condition('1 of s*_*', { yes: [['sel_2']], no: [['x-y']] }),
  condition('1 of them', { yes: [['a'], ['1st']], no: [['_hidden'], []] }),
  condition('all of them', { yes: [names.filter((name) => name !== '_hidden')], no: [names.slice(1)] }),
  condition('1 of *', { yes: [['a']], no: [['_hidden']] }),
  condition('1 of _*', { yes: [['_hidden']], no: [['a']] }),
  condition('_hidden', { yes: [['_hidden']], no: [['a']] }),
  condition('notes or order', { yes: [['notes'], ['order']], no: [['a']] }),
  condition('not notes', { yes: [['a']], no: [['notes']] }),
  condition('filter_main.conf and x-y and 1st', { yes: [['filter_main.conf', 'x-y', '1st']], no: [['x-y', '1st']] }),
  condition('[a, b and c]', { yes: [['a'], ['b', 'c']], no: [['b']] }),
  detection(
    '1.5',
    'a hundred parentheses and negations',
    `${identifiers}\ncondition: ${'(not '.repeat(50)}a${')'.repeat(50)}`,
    {
      yes: [{ f: 'a' }],
      no: [{ f: 'b' }],
    },
  ),
  detection('1.5', 'many parentheses beside each other', `${identifiers}\ncondition: b${' or (a)'.repeat(150)}`, {
    yes: [{ f: 'a' }],
    no: [{ f: 'c' }],
  }),
  condition('>-\n  a\n  and not b', { yes: [['a']], no: [['a', 'b']] }),
];

const wrongCondition = (text: string, problem: RegExp): RefusalCase =>
  refused('1.5', text, ruleText(`sel: {f: x}\nsel2: {f: y}\n_own: {f: z}\ncondition: ${text}`), problem);

export const conditionRefusals: readonly RefusalCase[] = [
  wrongCondition('sel3', /^8:14 error .*sel3; did you mean sel/),
  wrongCondition('sel and not sle', /^8:26 error .*sle; did you mean sel\?/),
  wrongCondition('SEL', /^8:14 error /),
  wrongCondition('sel and', /^8:18 error .*ends where/),
  wrongCondition('or sel', /^8:14 error .*or stands where/),
  wrongCondition('of sel', /^8:14 error .*of stands where/),
  wrongCondition('1 of SEL*', /^8:19 error .*SEL/),
  wrongCondition('sel |count() > 5', /^8:18 error .*correlation/),
  wrongCondition('and sel', /^8:14 error /),
  wrongCondition('sel sel2', /^8:18 error sel2|^8:18 error condition: sel2/),
  wrongCondition('(sel or sel2', /^8:\d+ error /),
  wrongCondition('sel)', /^8:17 error /),
  wrongCondition('not', /^8:14 error /),
  wrongCondition('1 of', /^8:\d+ error /),
  wrongCondition('2 of sel*', /^8:14 error .*2 of/),
  wrongCondition('1 of nothing_*', /^8:19 error .*nothing_\*/),
  wrongCondition('1 of _x*', /^8:19 error /),
  wrongCondition('sel | count() > 5', /^8:18 error .*correlation/),
  wrongCondition('constructor', /^8:14 error .*constructor/),
  wrongCondition('5', /^8:3 error .*condition/),
  wrongCondition('[]', /^8:3 error .*condition/),
  wrongCondition(`${'('.repeat(101)}sel${')'.repeat(101)}`, /^8:\d+ error .*nests/),
  wrongCondition(`${'('.repeat(200)}sel${')'.repeat(200)}`, /^8:\d+ error .*nests/),
  refused(
    '1.5',
    'no condition',
    'title: x\nlogsource: {product: y}\ndetection:\n  sel: {f: x}\n',
    /^4:3 error .*condition/,
  ),
  refused('1.5', 'nothing to look for', ruleText('condition: sel'), /error .*search identifier/),
  refused('1.5', 'timeframe', ruleText('sel: {f: x}\ntimeframe: 5m'), /^6:3 error .*correlation/),
];

const twoRules = (second: string): string => `${ruleText('sel: {f: x}')}---\n${second}`;

/** §1.1: documents. */
export const documentCases: readonly MatchCase[] = [
  {
    name: '1.1 several documents, attributes of anybody',
    rules: `${ruleText('sel: {f: x}', 'owner: {team: red}\nlevel: low\nstatus: test\n')}---\n${ruleText('sel: {f: y}').replace('Test', 'Other')}---\n`,
    events: [{ f: 'x' }, { f: 'y' }, { f: ['x', 'y'] }],
    expected: [['Test'], ['Other'], ['Test', 'Other']],
    options: {},
  },
  {
    name: '1.1 a rule is called by its id, else its name, else its title',
    rules: [
      ruleText('sel: {f: x}', 'name: its_name\nid: 2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10\n'),
      ruleText('sel: {f: x}', 'name: its_name_2\n'),
    ].join('---\n'),
    events: [{ f: 'x' }],
    expected: [['2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10', 'its_name_2']],
    options: {},
  },
];

const logsourceRule = (logsource: string): string => ruleText('sel: {f: x}').replace('category: exec', logsource);
const routed = (logsource: string, asked: Readonly<Record<string, string>>, applies: boolean): MatchCase => ({
  name: `1.6 {${logsource}} ${applies ? 'applies' : 'does not apply'} to ${JSON.stringify(asked)}`,
  rules: logsourceRule(`{${logsource}}`).replace('logsource:\n  {', 'logsource: {'),
  events: [{ f: 'x' }],
  expected: [applies ? ['Test'] : []],
  options: { logsource: asked },
});

/** §1.6: log sources. */
export const logsourceCases: readonly MatchCase[] = [
  routed('product: linux', { product: 'linux', category: 'process_creation' }, true),
  routed('product: Linux', { product: 'linux' }, true),
  routed('product: linux, category: process_creation', { product: 'linux', category: 'process_creation' }, true),
  routed('product: linux, category: process_creation', { product: 'linux' }, false),
  routed('product: linux, category: file_event', { product: 'linux', category: 'process_creation' }, false),
  routed('service: sshd, definition: anything', { product: 'linux', service: 'sshd' }, true),
  routed('product: windows', { product: 'linux' }, false),
];

export const documentRefusals: readonly RefusalCase[] = [
  refused('1.1', 'no title', ruleText('sel: {f: x}').replace('title: Test\n', ''), /^1:1 error .*title/),
  refused('1.1', 'a long title', ruleText('sel: {f: x}').replace('Test', 'x'.repeat(257)), /^1:\d error .*256/),
  refused('1.1', 'a title that is a number', ruleText('sel: {f: x}').replace('Test', '5'), /^1:8 error .*title/),
  refused('1.1', 'no log source', 'title: x\ndetection:\n  sel: {f: x}\n  condition: sel\n', /^1:1 error .*logsource/),
  refused('1.1', 'an empty log source', logsourceRule('definition: x'), /^3:3 error .*logsource/),
  refused('1.1', 'a product without a name', logsourceRule("product: ''"), /^3:3 error .*product/),
  refused('1.1', 'a category that is a number', logsourceRule('category: 5'), /^3:13 error .*category/),
  refused('1.1', 'no detection', 'title: x\nlogsource: {product: y}\n', /^1:1 error .*detection/),
  refused('1.1', 'another level', ruleText('sel: {f: x}', 'level: hihg\n'), /^4:8 error .*did you mean high\?/),
  refused('1.1', 'a level in upper case', ruleText('sel: {f: x}', 'level: High\n'), /^4:8 error .*did you mean high\?/),
  refused('1.1', 'another status', ruleText('sel: {f: x}', 'status: stabel\n'), /^4:9 error .*did you mean stable\?/),
  refused('1.1', 'a key twice', ruleText('sel: {f: x}', 'level: low\nlevel: low\n'), /^5:1 error .*unique/),
  refused('1.1', 'an identifier twice', ruleText('sel: {f: x}\nsel: {f: y}'), /^6:3 error .*unique/),
  refused(
    '1.1',
    'an id twice',
    twoRules(ruleText('sel: {f: y}', 'id: 2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10\n')).replace(
      'logsource',
      'id: 2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10\nlogsource',
    ),
    /^9:1 error .*id /,
  ),
  refused('1.1', 'an id that is no UUID', ruleText('sel: {f: x}', 'id: rule-1\n'), /^4:5 warning .*UUID/),
  refused(
    '1.1',
    'a tag in another shape',
    ruleText('sel: {f: x}', 'tags: [attack.t1611, Odd]\n'),
    /^4:22 warning .*Odd/,
  ),
  refused('1.1', 'no YAML', 'title: "x\n', /^\d+:\d+ error /),
  refused('1.1', 'no map', '- a\n- b\n', /^1:1 error .*map/),
  refused('1.1', 'an alias', ruleText('one: &x {f: x}\nsel: *x'), /^6:8 error .*alias/),
];

const base = (name: string, head = ''): string =>
  `title: ${name}\n${head}logsource:\n  product: x\ndetection:\n  sel: {f: ${name}}\n  condition: sel\n`;

/** §1.1: documents with `action`. */
export const actionCases: readonly MatchCase[] = [
  {
    name: '1.1 action global and repeat',
    rules: [
      'action: global\nlogsource: {product: x}\ndetection:\n  condition: sel and not out\n  out: {g: o}\n',
      'title: one\ndetection:\n  sel: {f: one}\n',
      'title: two\ndetection:\n  sel: {f: two}\n',
      'action: repeat\ntitle: three\ndetection:\n  sel: {f: three}\n',
    ].join('---\n'),
    events: [{ f: 'one' }, { f: 'two' }, { f: 'three' }, { f: 'three', g: 'o' }],
    expected: [['one'], ['two'], ['three'], []],
    options: {},
  },
  {
    name: '1.1 action reset',
    rules: [`action: global\nlogsource: {category: y}\n`, base('one'), 'action: reset\n', base('two')].join('---\n'),
    events: [{ f: 'one' }, { f: 'two' }],
    expected: [['one'], ['two']],
    options: {},
  },
];

export const actionRefusals: readonly RefusalCase[] = [
  refused('1.1', 'another action', `action: globl\ntitle: x\n---\n${base('one')}`, /^1:\d+ error .*action globl/),
  refused('1.1', 'nothing to repeat', `action: repeat\ntitle: x\n`, /^1:\d+ error .*repeat/),
];

const filter = (rest: string, logsource = 'product: x'): string =>
  `title: A filter\nlogsource: {${logsource}}\nfilter:\n${rest.replace(/^/gm, '  ')}\n`;
const filtered = (what: string, text: string, expected: readonly string[], head = 'name: base\n'): MatchCase => ({
  name: `1.8 ${what}`,
  rules: `${base('one', head)}---\n${text}`,
  events: [{ f: 'one' }, { f: 'one', user: 'ci' }, { f: 'two', user: 'ci' }],
  expected: expected.map((id) => (id === '' ? [] : [id])),
  options: {},
});
const exclusion = 'own: {user: ci}\ncondition: not own';

/** §1.8: filters. */
export const filterCases: readonly MatchCase[] = [
  filtered('by name', filter(`rules: [base]\n${exclusion}`), ['base', '', '']),
  filtered(
    'by id',
    filter(`rules: [2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10]\n${exclusion}`),
    ['2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10', '', ''],
    'id: 2f8b1f2a-96a8-4f46-9d26-6f5a2a1c8f10\n',
  ),
  filtered('any', filter(`rules: any\n${exclusion}`), ['base', '', '']),
  filtered('an empty list is any', filter(`rules: []\n${exclusion}`), ['base', '', '']),
  filtered('a less specific log source', filter(`rules: any\n${exclusion}`, 'product: X'), ['base', '', '']),
  filtered('another log source', filter(`rules: any\n${exclusion}`, 'product: y'), ['base', 'base', '']),
  filtered('a more specific log source', filter(`rules: any\n${exclusion}`, 'product: x, category: y'), [
    'base',
    'base',
    '',
  ]),
  filtered(
    'them is the filter’s own',
    filter('rules: any\nsel: {user: ci}\nother: {user: cd}\ncondition: not 1 of them'),
    ['base', '', ''],
  ),
  filtered('without not it is the only case', filter('rules: any\nown: {user: ci}\ncondition: own'), ['', 'base', '']),
];

export const filterRefusals: readonly RefusalCase[] = [
  refused('1.8', 'no rules', filter(exclusion), /^\d+:\d+ error .*rules/),
  refused('1.8', 'no condition', filter('rules: any\nown: {user: ci}'), /^\d+:\d+ error .*condition/),
  refused(
    '1.8',
    'an unknown identifier',
    filter('rules: any\nown: {user: ci}\ncondition: not won'),
    /^6:18 error .*own\?/,
  ),
  refused(
    '1.8',
    'no log source',
    filter(`rules: any\n${exclusion}`).replace(/logsource.*\n/, ''),
    /^1:1 error .*logsource/,
  ),
  refused('1.8', 'no title', filter(`rules: any\n${exclusion}`).replace(/title.*\n/, ''), /^1:1 error .*title/),
  refused(
    '1.8',
    'a condition without not',
    `${base('one')}---\n${filter('rules: any\nown: {user: ci}\ncondition: own')}`,
    /^\d+:\d+ warning .*not/,
  ),
  refused(
    '1.8',
    'a rule that nobody has',
    `${base('one')}---\n${filter(`rules: [nobody]\n${exclusion}`)}`,
    /^\d+:\d+ (error|warning) .*nobody/,
  ),
];

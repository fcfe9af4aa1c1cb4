import { absent, detection, item, type MatchCase, type RefusalCase, refusedItem } from './conformance.ts';

const raw = String.raw;

/** §1.2: values, case, wildcards, escapes, null. */
export const valueCases: readonly MatchCase[] = [
  item('1.2', 'f: Curl', { yes: ['curl', 'CURL'], no: ['curl ', '/bin/curl', '', null, absent, {}, []] }),
  item('1.2', 'f: 4444', { yes: [4444, '4444'], no: [444, '04444', '4444.0', true] }),
  item('1.2', "f: '4444'", { yes: [4444, '4444'], no: [44444] }),
  item('1.2', 'f: -1.5', { yes: [-1.5, '-1.5'], no: [1.5, '-1.50'] }),
  item('1.2', "f: 'true'", { yes: [true, 'True'], no: [false, 1] }),
  item('1.2', 'f: false', { yes: [false, 'FALSE'], no: [true, 0, null, absent, ''] }),
  item('1.2', 'f: 00000429', { yes: ['00000429'], no: [429, '429'] }),
  item('1.2', 'f: 9007199254740993', { yes: ['9007199254740993'], no: ['9007199254740992', 9007199254740992] }),
  item('1.2', 'f|contains: 9007199254740993', { yes: ['a9007199254740993'], no: ['9007199254740992'] }),
  item('1.2', 'f: -9007199254740993', { yes: ['-9007199254740993'], no: ['9007199254740993'] }),
  item('1.2', 'f: 1e20', { yes: [1e20, '1E20', '100000000000000000000'], no: ['1e21', 1e21] }),
  item('1.2', 'f: 1e21', { yes: [1e21, '1e21', '1e+21', '1000000000000000000000'], no: ['1e20'] }),
  item('1.2', 'f: 0xffffffffffffffff', {
    yes: ['18446744073709551615', '0xFFFFFFFFFFFFFFFF'],
    no: ['18446744073709551616', 2 ** 64],
  }),
  item('1.2', 'f|gt: 9007199254740993', {
    yes: ['9007199254740994', '9007199254740993.5', '1e16', 1e300, ' +9007199254740994 '],
    no: [
      '9007199254740993',
      '9007199254740993.0',
      9007199254740992,
      '9007199254740992.9',
      1,
      0.5,
      'x',
      '0x7fffffffffffffff',
      '',
      null,
    ],
  }),
  item('1.2', 'f|lte: -9007199254740993', {
    yes: ['-9007199254740993', '-9007199254740993.5', '-9.1e15'],
    no: ['-9007199254740992', -9007199254740992, '9007199254740993', 0],
  }),
  item('1.2', 'f|gte: 1e20', {
    yes: [1e20, '100000000000000000000'],
    no: ['99999999999999999999', '99999999999999999999.9'],
  }),
  item('1.2', 'f|lt: 0xffffffffffffffff', { yes: ['18446744073709551614'], no: ['18446744073709551615'] }),
  item('1.2', 'f: yes', { yes: ['yes', 'YES'], no: [true, 'true'] }),
  item('1.2', 'f: off', { yes: ['off'], no: [false] }),
  item('1.2', 'f: 1.10', { yes: [1.1, '1.1', '1.10'], no: ['1.100', '1', 1.01] }),
  item('1.2', 'f: 1e3', { yes: [1000, '1000', '1E3'], no: ['1e4'] }),
  item('1.2', 'f|gt: 1.0', { yes: [1.1], no: [1, '1.0'] }),
  item('1.2', 'f: 0x1410', { yes: [5136, '5136', '0x1410', '0X1410'], no: ['1410', '0x01410'] }),
  item('1.2', 'f: 0o17', { yes: [15, '15', '0o17'], no: ['17', 17] }),
  item('1.2', 'f: +5', { yes: [5, '5', '+5'], no: ['-5'] }),
  item('1.2', 'f: .inf', { yes: ['.inf'], no: ['Infinity', 'inf'] }),
  item('1.2', 'f|gt: 0x10', { yes: [17, '17'], no: [16, '0x11'] }),
  detection('1.2', 'keywords are as they are written', 'sel: [1e3, 0x1410, 1.10, 9007199254740993]\ncondition: sel', {
    yes: [{ f: 'a1E3b' }, { f: '(0x1410)' }, { f: 'v1.10' }, { f: 'x9007199254740993x' }],
    no: [{ f: '1000' }, { f: 1000 }, { f: 5136 }, { f: '1.1' }, { f: '9007199254740992' }],
  }),
  item('1.2', 'f: ÄRGER', { yes: ['ärger', 'Ärger'], no: ['arger'] }),
  item('1.2', 'f: ΟΔΟΣ', { yes: ['οδος', 'οδοσ', 'ΟΔΟΣ'], no: ['οδο'] }),
  item('1.2', 'f|contains: ΟΣ', { yes: ['οδοσα', 'οδος'], no: ['σο'] }),
  item('1.2', 'f|endswith: x', { yes: ['\u0130x', 'İİİX'], no: ['xİ'] }),
  item('1.2', 'f: İ', { yes: ['İ'], no: ['i', 'i\u0307', 'I'] }),
  item('1.2', 'f: k', { yes: ['\u212a', 'K'], no: ['x'] }),
  item('1.2', 'f: ß', { yes: ['ẞ', 'ß'], no: ['ss'] }),
  item('1.2', 'f|cased: Curl', { yes: ['Curl'], no: ['curl'] }),
  item('1.2', 'f: "*"', { yes: ['', 'a', 'a\nb', 0, false], no: [null, absent, [], {}] }),
  item('1.2', 'f: "?"', { yes: ['a', '🐳', '\n', 5], no: ['', 'ab', '🐳🐳', 'e\u0301'] }),
  item('1.2', 'f: "a*c"', { yes: ['ac', 'abc', 'A\nC', 'acc'], no: ['acb', 'a'] }),
  item('1.2', 'f: "a?c"', { yes: ['abc', 'a🐳c', 'a\u2028c'], no: ['ac', 'abbc'] }),
  item('1.2', 'f: "*ab*ab"', { yes: ['abab', 'xabxab'], no: ['ab', 'xabx'] }),
  item('1.2', 'f: "a**?b"', { yes: ['axb', 'axxb'], no: ['ab'] }),
  item('1.2', 'f: "[a]."', { yes: ['[A].'], no: ['a.', 'ax'] }),
  item('1.2', raw`f: 'a\*'`, { yes: ['a*'], no: ['ab', raw`a\*`, 'a'] }),
  item('1.2', raw`f: 'a\?'`, { yes: ['a?'], no: ['ab', raw`a\?`] }),
  item('1.2', raw`f: '\'`, { yes: ['\\'], no: ['', '\\\\'] }),
  item('1.2', raw`f: '\\'`, { yes: ['\\'], no: ['\\\\'] }),
  item('1.2', raw`f: '\\\b'`, { yes: [raw`\\b`], no: [raw`\b`, raw`\\\b`] }),
  item('1.2', raw`f: '\\\\b'`, { yes: [raw`\\b`], no: [raw`\\\\b`] }),
  item('1.2', raw`f: 'a\b'`, { yes: [raw`a\b`], no: ['ab'] }),
  item('1.2', raw`f: 'a\\*'`, { yes: [raw`a\b`, 'a\\'], no: ['a*', 'ab'] }),
  item('1.2', raw`f: 'a\\\*'`, { yes: [raw`a\*`], no: [raw`a\b`, 'a*'] }),
  item('1.2', raw`f: 'C:\x\*'`, { yes: [raw`C:\x*`], no: [raw`C:\x\y`, raw`C:\x\*`] }),
  item('1.2', raw`f|contains: 'x\'`, { yes: [raw`ax\b`], no: ['ax*b', 'ax'] }),
  item('1.2', raw`f|endswith: '\?'`, { yes: ['a?'], no: ['ab', raw`a\b`] }),
  item('1.2', 'f: "a\\nb"', { yes: ['a\nB'], no: ['a b', raw`a\nb`] }),
  item('1.2', "f: ''", { yes: ['', ['']], no: [null, absent, ' ', []] }),
  item('1.2', 'f: null', { yes: [null, absent, ['a', null]], no: ['', 'null', 0, false, [], {}] }),
  item('1.2', 'f:', { yes: [null, absent], no: [''] }),
  item('1.2', 'f|neq: null', { yes: ['', 'x', []], no: [null, absent] }),
  item('1.2', 'f: "null"', { yes: ['NULL'], no: [null, absent] }),
  detection('1.2', 'a test on what is absent is false', 'sel: {f: x}\ncondition: not sel', {
    yes: [{}, { f: null }, { f: 'y' }, { f: [] }],
    no: [{ f: 'x' }, { f: ['y', 'X'] }],
  }),
  item('1.2', 'f: e\u0301', { yes: ['e\u0301', 'E\u0301'], no: ['é', 'e'] }),
];

export const valueRefusals: readonly RefusalCase[] = [
  refusedItem('1.2', 'f: [a, null]', /^6:12 error .*null/),
  refusedItem('1.2', 'f: []', /^6:8 error .*empty/),
  refusedItem('1.2', 'f: {a: b}', /^6:8 error /),
  refusedItem('1.2', 'f: [[a]]', /^6:9 error /),
  refusedItem('1.2', 'f|contains: null', /^6:17 error null/),
  refusedItem('1.2', 'f: a\n  f: b', /^7:5 error .*unique/),
];

/** §1.3: maps, lists, keywords. */
export const structureCases: readonly MatchCase[] = [
  detection('1.3', 'a map: all', 'sel: {a: x, b: y}', { yes: [{ a: 'x', b: 'y' }], no: [{ a: 'x' }, { b: 'y' }, {}] }),
  detection('1.3', 'a list of values: any', 'sel: {a: [x, y, 1]}', {
    yes: [{ a: 'x' }, { a: 'Y' }, { a: '1' }],
    no: [{ a: 'xy' }, {}],
  }),
  detection('1.3', 'a list of maps: any, each all of it', 'sel:\n  - {a: x, c: z}\n  - b: y', {
    yes: [{ a: 'x', c: 'z' }, { b: 'y' }],
    no: [{ a: 'x' }, { c: 'z' }],
  }),
  detection('1.3', 'two keys on one field: both', 'sel:\n  a|contains|all: [x, y]\n  a|contains: [p, q]', {
    yes: [{ a: 'xyq' }, { a: ['xp', 'y'] }],
    no: [{ a: 'xy' }, { a: 'xq' }, { a: 'pq' }],
  }),
  detection('1.3', 'keywords: part of any value, at any depth, of no key', 'sel: [needle, 44]', {
    yes: [{ a: 'hayNEEDLEhay' }, { a: { b: ['x', { c: 'needle' }] } }, { a: 4444 }],
    no: [{ needle: 'x' }, { a: 'needl' }, { a: null }, {}],
  }),
  detection('1.3', 'keywords have wildcards', "sel: ['n*le', 'x?z', 'a\\*b']", {
    yes: [{ a: '-noodle-' }, { a: 'xyz' }, { a: 'a*b' }],
    no: [{ a: 'xz' }, { a: 'a-b' }],
  }),
  detection('1.3', 'a keyword of any text finds no value without text', "sel: '*'", {
    yes: [{ a: '' }, { a: [[{ b: 0 }]] }],
    no: [{}, { a: null }, { a: [] }, { a: [{}, null] }],
  }),
  detection('1.3', '|all: each keyword, anywhere', "sel: {'|all': [one, two]}", {
    yes: [{ a: 'one', b: { c: 'two' } }, { a: 'twone two' }],
    no: [{ a: 'one' }, { one: 'two' }],
  }),
  detection('1.3', 'maps and keywords in one list: any', 'sel:\n  - a: x\n  - needle', {
    yes: [{ a: 'x' }, { b: 'a needle' }],
    no: [{ b: 'x' }],
  }),
  detection('1.3', 'one text is one keyword', 'sel: needle', { yes: [{ a: 'needles' }], no: [{ needle: 'a' }] }),
  detection('1.3', 'one number is one keyword', 'sel: 4625', {
    yes: [{ a: 'id=4625;' }, { a: 4625 }],
    no: [{ a: 462 }],
  }),
];

export const structureRefusals: readonly RefusalCase[] = [
  refusedItem('1.3 an empty map', 'g: 1\nsel2: {}', /^7:9 error .*empty/),
  refusedItem('1.3 an empty list', 'g: 1\nsel2: []', /^7:9 error .*empty/),
  refusedItem('1.3 nothing', 'g: 1\nsel2:', /^7:3 error .*empty/),
  refusedItem('1.3 an empty map in a list', 'g: 1\nsel2: [{}]', /^7:10 error .*empty/),
  refusedItem('1.3', '"": a', /^6:5 error .*name/),
  refusedItem('1.3', '"|contains": [a]', /^6:5 error .*keywords/),
  refusedItem('1.3', '"|all|cased": [a, b]', /^6:5 error .*keywords/),
];

/** §1.9: lists and paths in events. */
export const eventCases: readonly MatchCase[] = [
  item('1.9', 'f: a', { yes: [['b', 'A']], no: [[], ['ab'], [['a']], { a: 'a' }, [{ a: 'a' }]] }),
  item('1.9', 'f|all: [a, b]', {
    yes: [
      ['a', 'b', 'c'],
      ['B', 'A'],
    ],
    no: [['a'], 'ab', []],
  }),
  item('1.9', 'f|neq: a', { yes: [['b'], [], absent, null], no: [['a', 'b'], 'A'] }),
  item('1.9', 'f.g: a', { yes: [{ g: 'a' }, [{ h: 1 }, { g: ['b', 'a'] }]], no: ['a', { 'f.g': 'a' }, [[]]] }),
  detection('1.9', 'a key with dots wins over the path', 'sel: {x.a.b: key}', {
    yes: [
      { 'x.a.b': 'key', x: { a: { b: 'path' } } },
      { x: { 'a.b': 'key', a: { b: 'path' } } },
      { x: { a: { b: 'key' } } },
    ],
    no: [{ 'x.a.b': 'other', x: { a: { b: 'key' } } }, { x: { 'a.b': 'other', a: { b: 'key' } } }],
  }),
  detection(
    '1.9',
    'names that every object has are no fields',
    'sel: [{constructor|exists: true}, {__proto__|exists: true}, {f.length: 1}]',
    {
      yes: [{ constructor: 1 }],
      no: [{}, { f: 'x' }],
    },
  ),
];

import { expect, test } from 'vitest';
import { parsePlaceholders } from '../../../../../analyzer/sigma/language/placeholders-file.ts';

const read = (text: string) => {
  const { values, problems } = parsePlaceholders(text, 'values.yml');
  return {
    values: Object.fromEntries(values),
    told: problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`),
  };
};

test.each([
  ['YAML', 'users: [root, admin]\nports: 22\nversions:\n  - 1.10\n  - true\n'],
  ['JSON', '{"users": ["root", "admin"], "ports": 22, "versions": [1.10, true]}'],
])('a map of names to texts or lists of them, as %s', (_, text) => {
  expect(read(text)).toEqual({
    values: { users: ['root', 'admin'], ports: ['22'], versions: ['1.10', 'true'] },
    told: [],
  });
});

const shape = 'placeholders are one map of names to lists of texts';

test.each([
  ['nothing', '', [`1:1 ${shape}`]],
  ['a list', '- a\n', [`1:1 ${shape}`]],
  ['two documents', 'a: b\n---\nc: d\n', [`1:1 ${shape}`]],
  ['a name twice', 'a: b\na: c\n', ['2:1 Map keys must be unique']],
  [
    'maps and nothing for values, all told at once',
    'a: b\nc: { d: e }\nf: [g, [h]]\ni:\n',
    ['c', 'f', 'i'].map((name, index) => {
      const place = ['2:4', '3:8', '4:3'][index] ?? '';
      return `${place} placeholder ${name}: a value is a text or a list of texts`;
    }),
  ],
])('%s: refused, with the place', (_, text, told) => {
  expect(read(text)).toEqual({ values: {}, told: told.map((one) => `values.yml:${one}`) });
});

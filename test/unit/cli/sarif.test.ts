import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { sarifOf } from '../../../cli/sarif.ts';

/** What SARIF 2.1.0 (§3) requires of the members that we write, and nothing besides them. */
const uriReference = { type: 'string', pattern: '^([a-z]+:///|[^/:\\s][^\\s:]*$)' };
const message = { type: 'object', properties: { text: { type: 'string', minLength: 1 } }, required: ['text'] };
const exactly = (properties: Record<string, object>, optional: readonly string[] = []) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  additionalProperties: false,
});
const result = exactly({
  ruleId: { type: 'string' },
  ruleIndex: { type: 'integer', minimum: 0 },
  level: { enum: ['none', 'note', 'warning', 'error'] },
  message,
  locations: {
    type: 'array',
    items: exactly({
      physicalLocation: exactly({
        artifactLocation: exactly({ uri: uriReference, uriBaseId: { type: 'string' } }, ['uriBaseId']),
        region: exactly({ startLine: { type: 'integer', minimum: 1 }, startColumn: { type: 'integer', minimum: 1 } }),
      }),
    }),
  },
});
const schema = exactly({
  $schema: { const: 'https://json.schemastore.org/sarif-2.1.0.json' },
  version: { const: '2.1.0' },
  runs: {
    type: 'array',
    items: exactly({
      tool: exactly({
        driver: exactly({
          name: { type: 'string' },
          version: { type: 'string' },
          rules: {
            type: 'array',
            uniqueItems: true,
            items: exactly({ id: { type: 'string' }, shortDescription: message }),
          },
        }),
      }),
      columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
      // A base ends with a slash, so that what is relative to it lies below it.
      originalUriBaseIds: {
        type: 'object',
        additionalProperties: exactly({ uri: { type: 'string', pattern: '^file:///.*/$' } }),
      },
      results: { type: 'array', items: result },
    }),
  },
});

const rules = [
  { id: 'refused', about: 'It cannot be used.' },
  { id: 'missing-id', about: 'It has no id.' },
];
const problem = { check: 'missing-id', severity: 'warning' as const, line: 3, column: 7, message: 'has no id' };

test('problems are a log of SARIF 2.1.0', () => {
  const log = sarifOf(
    [
      { ...problem, file: 'rules/my rule#1.yml' },
      { ...problem, check: 'refused', severity: 'error', file: '/work/rules/a.yml' },
      { ...problem, file: '../elsewhere/b.yml' },
    ],
    { version: '1.2.3', directory: '/work', rules },
  );
  const validate = new Ajv({ allErrors: true }).compile(schema);
  validate(log);
  expect(validate.errors).toBeNull();
  const { runs } = log as { runs: { results: { ruleIndex: number; level: string; locations: object[] }[] }[] };
  expect(runs[0]?.results.map(({ ruleIndex, level }) => [ruleIndex, level])).toEqual([
    [1, 'warning'],
    [0, 'error'],
    [1, 'warning'],
  ]);
  const region = { startLine: 3, startColumn: 7 };
  expect(runs[0]?.results.flatMap(({ locations }) => locations)).toEqual([
    {
      physicalLocation: {
        artifactLocation: { uri: 'rules/my%20rule%231.yml', uriBaseId: 'SRCROOT' },
        region,
      },
    },
    { physicalLocation: { artifactLocation: { uri: 'rules/a.yml', uriBaseId: 'SRCROOT' }, region } },
    { physicalLocation: { artifactLocation: { uri: 'file:///elsewhere/b.yml' }, region } },
  ]);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configKeys, namesAt } from '../../../../shared/config/keys.ts';
import { loadConfig } from '../../../../shared/config/load.ts';
import { configReference } from '../../../../shared/config/reference.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { suggest } from '../../../../shared/config/suggest.ts';
import { yamlSource } from '../../../../shared/config/yaml-source.ts';

const keys = configKeys();

test('every member of the default configuration is a key', () => {
  const paths = keys.map((key) => key.path.join('.'));
  const visit = (values: object, path: string): void => {
    for (const [name, value] of Object.entries(values) as [string, unknown][]) {
      const here = path === '' ? name : `${path}.${name}`;
      if (here === 'sinks') continue;
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) visit(value, here);
      // Of a list of sections the members are the keys.
      else if (!paths.some((path) => path.startsWith(`${here}.*.`))) expect(paths).toContain(here);
    }
  };
  visit(configSchema.parse({}), '');
  expect(paths).toContain('kafka.sasl.passwordFile');
  expect(paths).toContain('sinks.*.url');
});

test('no two settings answer to one environment variable', () => {
  const plain = keys.map((key) => key.path.join('').toLowerCase());
  expect(new Set(plain).size).toBe(plain.length);
});

test('a union’s members are one key with all its options', () => {
  expect(keys.filter((key) => key.path.join('.') === 'sinks.*.type')).toMatchObject([
    { options: expect.arrayContaining(['webhook', 'file']) as unknown },
  ]);
});

test('names at a path', () => {
  expect(namesAt(keys, ['sqlite'])).toEqual(['path', 'synchronous']);
  expect(namesAt(keys, ['sinks'])).toBeUndefined();
  expect(namesAt(keys, ['sinks', 'siem'])).toEqual(expect.arrayContaining(['timeoutMs', 'host', 'facility']));
  expect(namesAt(keys, ['sinks', 'siem'], 'syslog')).toContain('facility');
  expect(namesAt(keys, ['sinks', 'siem'], 'syslog')).not.toContain('host');
  expect(namesAt(keys, ['sinks', 'siem'], 'email')).toContain('host');
});

test.each([
  ['hots', 'host'],
  ['retentionhours', 'retentionHours'],
  ['prot', 'port'],
  ['xyzzy', undefined],
  ['host', undefined],
])('%s means %s', (name, meant) => {
  expect(suggest(name, ['host', 'port', 'retentionHours'])).toBe(meant);
});

/** The cells of a Markdown table's rows, however a formatter aligned them. */
const cells = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.replace(/\s*\|\s*/g, '|'));

test('docs/configuration.md has the table of this schema', () => {
  const page = readFileSync('docs/configuration.md', 'utf8');
  expect(cells(page), 'put the output of `npx moorwatch config reference` into docs/configuration.md').toEqual(
    cells(configReference()),
  );
  expect(cells(page).length).toBe(keys.length);
});

test('moorwatch.example.yml is accepted and shows defaults', () => {
  const { config } = loadConfig({ file: 'moorwatch.example.yml', environment: {} });
  expect(config).toEqual(configSchema.parse({}));
});

test('what moorwatch.example.yml has commented out is accepted as well', () => {
  const text = readFileSync('moorwatch.example.yml', 'utf8').replace(/^#(?! )|^#(?= {2})/gm, '');
  const source = yamlSource(text, 'moorwatch.example.yml');
  expect(source.problems).toEqual([]);
  expect(configSchema.parse(source.values)).toMatchObject({
    bus: 'kafka',
    kafka: { brokers: ['kafka-1:9092', 'kafka-2:9092'] },
    engine: { host: 'tcp://socket-proxy:2375' },
    sinks: { siem: { type: 'webhook' }, archive: { type: 'file' } },
  });
});

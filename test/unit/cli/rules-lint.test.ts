import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packagePath } from '../../../shared/package-root.ts';
import { runRules } from '../../support/cli/run.ts';

let directory = '';
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'rules-lint-')));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
};
const good =
  'title: T\ndescription: d\nlevel: low\nlogsource: {product: docker}\ndetection: {sel: {exec.uid: 0}, condition: sel}\n';

test('the shipped rules are as they should be', async () => {
  expect(await runRules('lint', '--strict', packagePath('analyzer/signatures'))).toMatchObject({ code: 0, out: '' });
});

test('warnings are told and fail only under --strict', async () => {
  const file = write('a.yml', good);
  const told = `warning: ${file}:1:1: this rule has no id: give it a new random UUID, which never changes [missing-id]\n`;
  expect(await runRules('lint', file)).toEqual({ code: 0, out: told, err: '1 rules, 0 errors, 1 warnings\n' });
  expect(await runRules('lint', '--strict', directory)).toMatchObject({ code: 1, out: told });
});

test('errors fail, those that show only beside the rules in use too', async () => {
  write('a.yml', good.replace('condition: sel', 'condition: sal'));
  write('b.yml', `id: 7939413e-b0b7-4bbf-9ef8-234e1b2cfd5f\n${good}`);
  const { code, out } = await runRules('lint', '--format', 'json', directory);
  expect(code).toBe(1);
  const problems = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(problems.map(({ check, severity, line }) => [check, severity, line])).toEqual([
    ['missing-id', 'warning', 1],
    ['condition', 'error', 5],
    ['refused', 'error', 1],
    ['duplicate-title', 'warning', 2],
  ]);
  expect(problems[2]?.message).toContain('exe-08-hostile-command.yml:1 already');
});

test('sarif is one document', async () => {
  write('a.yml', good);
  const { code, out } = await runRules('lint', '--format', 'sarif', directory);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ version: '2.1.0', runs: [{ results: [{ ruleId: 'missing-id' }] }] });
});

test('what holds no rules, or is not there, is a mistake', async () => {
  expect(await runRules('lint', directory)).toMatchObject({
    code: 1,
    err: expect.stringContaining('there are no rules') as unknown,
  });
  const missing = await runRules('lint', join(directory, 'missing'));
  expect(missing).toMatchObject({ code: 1, out: expect.stringContaining('cannot be read: ENOENT') as unknown });
});

test('the schema of the documentation is the one that is printed', async () => {
  const { out } = await runRules('schema');
  const page = readFileSync(packagePath('docs/schema/moorwatch-rule.schema.json'), 'utf8');
  expect(JSON.parse(page)).toEqual(JSON.parse(out));
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { observation } from '../../support/cli/observation.ts';
import { runRules } from '../../support/cli/run.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rules-stats-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const write = (name: string, text: string): string => {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
};

const ruleOf = (title: string, detection: string): string =>
  `title: ${title}\nname: ${title}\nlogsource: { product: docker, category: exec }\ndetection: { sel: ${detection}, condition: sel }\n`;
const rules = [ruleOf('curl', '{ exec.command|contains: curl }'), ruleOf('others', '{ exec.user|neq: "\\e[2J" }')].join(
  '---\n',
);

test('the shipped rules', async () => {
  const { code, out } = await runRules('stats', '--json');
  const stats = JSON.parse(out) as { rules: number; alwaysShare: number; measured?: unknown };
  expect(code).toBe(0);
  expect(stats.rules).toBeGreaterThan(50);
  expect(stats.alwaysShare).toBeLessThan(0.1);
  expect(stats.measured).toBeUndefined();
});

test('rules that are always tried are named with why, and steer no terminal', async () => {
  const file = write('r.yml', rules);
  const { code, out, err } = await runRules('stats', file);
  expect([code, err]).toEqual([0, '']);
  // How many facts it takes is the engine's business.
  expect(
    out
      .replaceAll(directory, '')
      .replace(/\d+ facts/, 'some facts')
      .split('\n'),
  ).toEqual([
    'rules       2',
    'sequences   0',
    'filters     0',
    'predicates  2 different tests over some facts that one scan of an event settles',
    'witnesses   1 rules wait for a literal, 0 for a field with a text',
    'always      1 rules are tried on every event of their log source (50.0 %)',
    '  others (others, /r.yml:6)',
    '    sel: not exec.user is "\\u001b[2J"',
    '',
  ]);
});

test('observations are measured by log source, what is none is told', async () => {
  const file = write('r.yml', rules);
  const events = [observation({ command: 'curl x' }), observation({ command: 'id' })];
  const lines = [...events.map((event) => JSON.stringify(event)), '', 'no event'];
  const { code, out, err } = await runRules('stats', '--events', write('e.ndjson', lines.join('\n')), '--json', file);
  expect(code).toBe(1);
  expect(err).toContain('line 4: not JSON');
  expect(JSON.parse(out)).toMatchObject({
    measured: [{ logsource: 'exec process_creation', rules: 2, events: 2, candidates: 3, matches: 3 }],
  });
});

test('any objects are measured over all rules at once', async () => {
  const file = write('r.yml', rules);
  const events = write('e.ndjson', '{"exec.command": "CURL"}\n{}\n');
  const { code, out } = await runRules('stats', '--plain', '--events', events, file);
  expect(code).toBe(0);
  expect(out.split('\n').slice(-3)).toEqual([
    'EVENTS  RULES  TRIED/EVENT  MATCHED/EVENT  LOG SOURCE',
    '2       2      1.50         1.50           all',
    '',
  ]);
});

test.each([
  ['rules', ['stats', '/nowhere'], 'no rules in what was named'],
  ['events', ['stats', '--events', '/nowhere'], '/nowhere: ENOENT'],
])('%s that are not there', async (_, args, says) => {
  const { code, err } = await runRules(...args);
  expect(code).toBe(1);
  expect(err).toContain(says);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { observation } from '../../support/cli/observation.ts';
import { runRules } from '../../support/cli/run.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rules-explain-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
};

const rule = `title: Downloads
name: downloads
logsource: { product: linux, category: process_creation }
detection:
  sel: { CommandLine|contains: [curl, wget] }
  ours: { User: builder }
  condition: sel and not ours
---
title: Not in tests
name: no_tests
logsource: { product: linux, category: process_creation }
filter: { rules: [downloads], test: { container.name|startswith: test- }, condition: not test }
`;

test('an observation: log source, condition, values, and the filters that would hide it', async () => {
  const rules = write('r.yml', rule);
  const event = write('e.json', JSON.stringify(observation({ command: 'curl -s x', container: 'test-1' })));
  const { code, out, err } = await runRules('explain', '--rules', rules, '--', 'downloads', event);
  expect([code, err]).toEqual([0, '']);
  expect(out.replaceAll(directory, '').split('\n')).toEqual([
    'Downloads: matches, and is hidden by a filter (downloads, /r.yml:1)',
    '  true  log source is product linux, category process_creation : product docker, category exec; product linux, category process_creation',
    '  true  all of',
    '    true  sel',
    '      true  any of',
    '        true  CommandLine contains "curl" : "curl -s x"',
    '        false CommandLine contains "wget" : "curl -s x"',
    '    true  not',
    '      false ours',
    '        false User is "builder" : "root"',
    '  filters, which hide what they are false of:',
    '    Not in tests: hides it (no_tests, /r.yml:9)',
    '      false not',
    '        true  test',
    '          true  container.name begins with "test-" : "test-1"',
    '',
  ]);
});

test('an observation of another kind says why the rule is not about it', async () => {
  const rules = write('r.yml', rule);
  const event = write('e.json', JSON.stringify({ ...observation({ command: 'curl' }), kind: 'file' }));
  const { out } = await runRules('explain', '--rules', rules, '--', 'downloads', event);
  expect(out).toContain('Downloads: is true, but is about other events');
  expect(out).toContain(
    'false log source is product linux, category process_creation : product docker, category file;',
  );
});

test('any object, as JSON; hostile text steers no terminal in either form', async () => {
  const rules = write('r.yml', rule.replace('Downloads', '"Down\\u009bloads"'));
  const hostile = 'curl \u001b[2J\u009b\u202e';
  const event = write('e.json', JSON.stringify({ CommandLine: hostile }));
  const shown = await runRules('explain', '--plain', '--rules', rules, '--', 'downloads', event);
  expect(shown.out.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
  expect(shown.out).toContain('Down\\u{9b}loads: matches');
  const { out } = await runRules('explain', '--plain', '--json', '--rules', rules, '--', 'downloads', event);
  expect(out.trimEnd()).not.toMatch(/\p{C}/u);
  expect(JSON.parse(out)).toMatchObject({
    kind: 'rule',
    title: 'Down\u009bloads',
    matches: true,
    detection: { kind: 'all', of: [{ of: [{ of: [{ found: [{ value: hostile, holds: true }] }, {}] }] }, {}] },
  });
});

test('shipped rules are found by their rows', async () => {
  const event = write('e.json', JSON.stringify(observation({ command: 'id' })));
  const { code, out } = await runRules('explain', 'exe-01', event);
  expect(code).toBe(0);
  expect(out).toContain('does not match');
});

test.each([
  ['no such rule', ['nothing', 'e.json'], 'no rule has the id, name or row nothing'],
  ['no such file', ['exe-01', 'none.json'], 'ENOENT'],
  ['no observation', ['exe-01', 'e.json'], 'observation has no id'],
  ['no JSON', ['--plain', 'exe-01', 'bad.json'], 'bad.json: '],
])('%s: said, with what to do', async (_, args, says) => {
  write('e.json', '{}');
  write('bad.json', '{"a": 1}\n{"a": 2}');
  const paths = args.map((one) => (one.endsWith('.json') ? join(directory, one) : one));
  const { code, out, err } = await runRules('explain', ...paths);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain(says);
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runRules } from '../../support/cli/run.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rules-test-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const write = (name: string, text: string): string => {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
};

const rule = `title: R
name: r
logsource: { category: exec }
detection: { sel: { exec.command: id }, condition: sel }
samples: { match: [{ note: ls, exec: { command: ls } }] }
---
title: F
logsource: { category: exec }
filter: { rules: r, sel: { host.name: h }, condition: not sel }
samples: { match: [{ note: g, host: { name: g } }], ignore: [{ note: h, host: { name: h } }] }
---
title: S
correlation: { type: temporal, rules: [r], timespan: 1m }
samples: { match: [{ note: none, events: [{ exec: { command: ls } }] }], ignore: [{ note: "\\e[2J", events: [{ exec: { command: id } }] }] }
`;

test('wrong samples of rules, filters and sequences are told', async () => {
  const file = write('r.yml', rule);
  const { code, out, err } = await runRules('test', file);
  expect([code, out]).toEqual([1, '']);
  expect(err.replaceAll(directory, '').split('\n')).toEqual([
    '/r.yml: R: "ls" does not match',
    '/r.yml: F: "g" is not hidden',
    '/r.yml: F: "h" is hidden',
    '/r.yml: S: "none" is not complete',
    '/r.yml: S: "\\u{1b}[2J" is complete',
    '3 rules, 5 samples, 5 wrong',
    '',
  ]);
});

test('a sequence may refer to rules in use; errors of references are told with their place', async () => {
  const good = write('good.yml', 'title: S\ncorrelation: { type: temporal, rules: [CFG-20-id], timespan: 1m }\n');
  const { code, err } = await runRules('test', good);
  expect(code).toBe(1);
  expect(err.replaceAll(directory, '')).toContain('error: /good.yml:2:40: rules: there is no rule CFG-20-id');
  const { out } = await runRules('list', '--json');
  const shipped = JSON.parse(out.split('\n')[0] ?? '') as { id: string };
  write(
    'good.yml',
    `title: S\ncorrelation: { type: temporal, rules: [${shipped.id}], timespan: 1m, generate: true }\nsamples: {}\n`,
  );
  expect(await runRules('test', good)).toMatchObject({ code: 0, err: '1 rules, 0 samples, 0 wrong\n' });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runRules } from '../../support/cli/run.ts';

let directory = '';
let config = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rules-list-'));
  config = join(directory, 'moorwatch.yml');
  writeFileSync(config, `rules: { directories: [${join(directory, 'mine.yaml')}] }\n`);
  writeFileSync(join(directory, 'mine.yaml'), mine);
});
afterEach(() => rmSync(directory, { recursive: true }));

const mine = `title: Execs as we know them
id: 00000000-0000-4000-8000-00000000000f
name: known_execs
logsource: { product: docker, category: exec }
filter: { rules: any, ours: { exec.command: backup }, condition: not ours }
---
title: Many backups
id: 00000000-0000-4000-8000-00000000000c
name: many
correlation: { type: event_count, rules: [backup], timespan: 90s, group-by: [host.name], condition: { gt: 4 } }
level: high
---
title: A backup
id: 00000000-0000-4000-8000-00000000000a
name: backup
logsource: { product: docker, category: exec }
detection: { sel: { exec.command: backup }, condition: sel }
level: low
`;

const rules = (...args: readonly string[]) => runRules('--config', config, ...args);

test('list: sequences and filters stand beside the rules', async () => {
  const { code, out, err } = await rules('list');
  expect(code).toBe(0);
  expect(out).toMatch(/^- +high +sequence +Many backups +0{8}-0000-4000-8000-0{11}c$/m);
  expect(out).toMatch(/^- +low +event +A backup +0{8}/m);
  expect(out).toMatch(/^- +- +filter +Execs as we know them \(of \d+ rules, \d+ are never hidden\) +0{8}/m);
  expect(err).toMatch(/warning: .*mine\.yaml:1:1: .* \(EXE-01.*\) is never hidden; the filter does not apply to it/);
  expect(err).toMatch(/\d+ rules, \d+ sequences, 1 filters/);
});

test('list as JSON: each has its kind, a filter what it hides', async () => {
  const { out } = await rules('list', '--json');
  const all = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const byKind = (kind: string) => all.filter((one) => one.kind === kind);
  expect(byKind('sequence').map(({ title }) => title)).toContain('Many backups');
  const [filter] = byKind('filter');
  const never = byKind('rule').filter(({ catalogue }) => (catalogue as string[]).includes('EXE-01'));
  expect(all.length).toBe(['rule', 'sequence', 'filter'].flatMap(byKind).length);
  expect(filter?.hides).toContain('00000000-0000-4000-8000-00000000000a');
  expect(never.length).toBeGreaterThan(0);
  for (const { id } of never) {
    expect(filter?.hides).not.toContain(id);
    expect(filter?.neverHidden).toContain(id);
  }
});

test('show: a sequence, a rule that only feeds it, a filter', async () => {
  const sequence = await rules('show', 'many');
  expect(sequence.out).toContain('Many backups');
  expect(sequence.out).toMatch(/complete +more than 4 events within 90s, for each host\.name/);
  expect(sequence.out).toMatch(/of +backup/);
  expect((await rules('show', 'backup')).out).toMatch(/told +no: it only feeds a sequence/);
  const filter = await rules('show', '00000000-0000-4000-8000-00000000000f');
  expect(filter.out).toMatch(/hides +what its condition is false of, of \d+ rules\n {12}/);
  expect(filter.out).toMatch(/^ {2}never [\s\S]* EXE-01 Privileged exec$/m);
  expect(JSON.parse((await rules('show', 'many', '--json')).out)).toMatchObject({ kind: 'sequence', name: 'many' });
});

test('show: rows of the catalogue, and what is not there', async () => {
  expect((await rules('show', 'mnt-06')).out).toMatch(/rows +MNT-06/);
  expect(await rules('show', 'nothing')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('no rule has the id, name or row nothing') as unknown,
  });
});

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadRules, readRules } from '../../../../analyzer/sigma/load.ts';
import { packagePath } from '../../../../shared/package-root.ts';
import { ruleText } from './language/rules.ts';

describe('loading rules', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rules-'));
  });
  afterEach(() => rm(directory, { recursive: true }));
  const write = (name: string, text: string) => writeFile(join(directory, name), text);
  const filesOf = ({ documents }: Awaited<ReturnType<typeof readRules>>) =>
    documents.map(({ rule }) => rule.file.slice(directory.length + 1));

  test('every .yml and .yaml below a directory, in the order of names', async () => {
    await mkdir(join(directory, 'm'));
    for (const name of ['z.yml', 'a.yaml', 'm/b.yml', 'notes.txt']) await write(name, ruleText(`sel:\n  f: ${name}`));
    expect(filesOf(await readRules([directory]))).toEqual(['a.yaml', 'm/b.yml', 'z.yml']);
  });

  test('a file by itself, whatever it is called', async () => {
    await write('rule', ruleText('sel:\n  f: x'));
    expect(filesOf(await readRules([join(directory, 'rule')]))).toEqual(['rule']);
  });

  test('what cannot be read or parsed is told and stops nothing else', async () => {
    await symlink(join(directory, 'gone'), join(directory, 'a-dangling.yml'));
    await symlink(directory, join(directory, 'circle'));
    await write('b-broken.yml', 'title: "x');
    await write('c-good.yml', ruleText('sel:\n  f: x'));
    const read = await readRules([join(directory, 'missing'), directory]);
    expect(filesOf(read)).toEqual(['c-good.yml']);
    expect(
      read.problems.map(({ file, line, message }) => [file.slice(directory.length + 1), line, message.slice(0, 14)]),
    ).toEqual([
      ['missing', 1, 'cannot be read'],
      ['a-dangling.yml', 1, 'cannot be read'],
      ['b-broken.yml', 1, 'Missing closin'],
    ]);
  });

  test("the shipped rules come with a user's own, which cannot replace them", async () => {
    const shipped = await loadRules({ directories: [] });
    const [taken] = shipped.rules;
    await write('mine.yml', ruleText('sel:\n  f: x'));
    await write('stolen.yml', ruleText('sel:\n  f: y', { head: `id: ${taken?.id}\n` }));
    const all = await loadRules({ directories: [directory] });
    expect(all.rules.slice(0, -1).map(({ id }) => id)).toEqual(shipped.rules.map(({ id }) => id));
    expect(all.rules.at(-1)?.title).toBe('Test');
    expect(all.problems.map(({ file, message }) => [file, message])).toEqual([
      [
        join(directory, 'stolen.yml'),
        `id ${taken?.id} is that of ${taken?.file}:${taken?.line} already; this rule is not used`,
      ],
    ]);
    expect(all.hash).not.toBe(shipped.hash);
  });

  test('shipped files are found from the package root', () => {
    expect(packagePath('package.json')).toBe(join(import.meta.dirname, '../../../../package.json'));
  });
});

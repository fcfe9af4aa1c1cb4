import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRules } from '../../../../analyzer/sigma/load.ts';
import { createRuleLoader } from '../../../../analyzer/sigma/reload.ts';
import { ruleLanguage } from '../../../../analyzer/sigma/rule-language.ts';
import { execRule } from './documents.ts';

describe('a link in a directory of rules', () => {
  let top: string;
  let rules: string;
  beforeEach(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'links-')));
    rules = join(top, 'rules');
    for (const name of ['rules', 'rules/.data', 'elsewhere', 'elsewhere/deep']) await mkdir(join(top, name));
    await writeFile(join(top, 'elsewhere/deep/far.yml'), execRule('far'));
    await writeFile(join(rules, '.data/near.yml'), execRule('near'));
  });
  afterEach(() => rm(top, { recursive: true }));
  const read = async (...paths: readonly string[]) => {
    const { documents, problems } = await readRules(paths.length === 0 ? [rules] : paths);
    return {
      files: documents.map(({ rule }) => rule.file.slice(top.length + 1)),
      problems: problems
        .filter(({ severity }) => severity === 'error')
        .map(({ file, message }) => `${file} ${message}`.replaceAll(`${top}/`, '')),
    };
  };
  const outside = (path: string, target: string) =>
    `${path} cannot be read: it is a link to ${target}, which does not lie in rules; put the files there, or name their directory, too`;

  it('is followed when what it leads to lies in the directory, also under a name with a dot', async () => {
    await symlink('.data/near.yml', join(rules, 'a.yml'));
    await symlink('.data', join(rules, 'b'));
    expect(await read()).toEqual({ files: ['rules/a.yml'], problems: [] });
    await rm(join(rules, 'a.yml'));
    expect(await read()).toEqual({ files: ['rules/b/near.yml'], problems: [] });
  });

  it('that leads out of it is not followed, and told with its end', async () => {
    await symlink(join(top, 'elsewhere/deep/far.yml'), join(rules, 'a.yml'));
    await symlink('../elsewhere', join(rules, 'b.d'));
    // One that leads out by way of another within.
    await symlink('b.d/deep', join(rules, 'c'));
    await symlink('/', join(rules, 'root'));
    await writeFile(join(rules, 'd.yml'), execRule('d'));
    expect(await read()).toEqual({
      files: ['rules/d.yml'],
      problems: [
        outside('rules/a.yml', 'elsewhere/deep/far.yml'),
        outside('rules/b.d', 'elsewhere'),
        outside('rules/c', 'elsewhere/deep'),
        outside('rules/root', '/'),
      ],
    });
  });

  it('to a directory whose name begins alike leads out of it', async () => {
    await mkdir(join(top, 'rules2'));
    await symlink('../rules2', join(rules, 'a'));
    expect(await read()).toEqual({ files: [], problems: [outside('rules/a', 'rules2')] });
  });

  it('beside rules is nobody’s business', async () => {
    await writeFile(join(top, 'elsewhere/notes'), '');
    for (const name of ['README.md', 'LICENSE']) await symlink('../elsewhere/notes', join(rules, name));
    await symlink('../elsewhere/none', join(rules, 'gone.txt'));
    expect(await read()).toEqual({ files: [], problems: [] });
  });

  it('in a circle ends', async () => {
    await symlink('.', join(rules, 'self'));
    await symlink('two', join(rules, 'one'));
    await symlink('one', join(rules, 'two'));
    await mkdir(join(rules, 'deep'));
    await symlink('..', join(rules, 'deep/up'));
    await writeFile(join(rules, 'deep/d.yml'), execRule('d'));
    const { files, problems } = await read();
    expect(files).toEqual(['rules/deep/d.yml']);
    expect(problems.map((one) => one.slice(0, 32))).toEqual([
      'rules/one cannot be read: ELOOP:',
      'rules/two cannot be read: ELOOP:',
    ]);
  });

  it('may be what the configuration names', async () => {
    await symlink('elsewhere', join(top, 'current'));
    await symlink('elsewhere/deep/far.yml', join(top, 'one'));
    await symlink('deep/far.yml', join(top, 'elsewhere/again.yml'));
    expect(await read(join(top, 'current'))).toEqual({ files: ['current/again.yml'], problems: [] });
    expect(await read(join(top, 'one'))).toEqual({ files: ['one'], problems: [] });
  });

  it('that is turned out of it while the rules are in use leaves them as they were', async () => {
    await symlink('.data/near.yml', join(rules, 'a.yml'));
    const loader = createRuleLoader({ paths: [rules], language: ruleLanguage, clock: () => 0 });
    await loader.load(await loader.find());
    await rm(join(rules, 'a.yml'));
    await symlink('../elsewhere/deep/far.yml', join(rules, 'a.yml'));
    const { set } = await loader.load(await loader.find());
    expect(set.rules.map(({ title }) => title)).toEqual(['near']);
    expect(
      set.problems
        .filter(({ severity }) => severity === 'error')
        .map(({ message }) => message.replaceAll(`${top}/`, '')),
    ).toEqual([`${outside('', 'elsewhere/deep/far.yml').slice(1)}; the 1 rules that were found there stay in use`]);
  });
});

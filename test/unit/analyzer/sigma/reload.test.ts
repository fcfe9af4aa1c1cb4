import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRuleLoader, type LoadedRules, type RuleLanguage } from '../../../../analyzer/sigma/reload.ts';
import { ruleLanguage } from '../../../../analyzer/sigma/rule-language.ts';

const root = process.geteuid?.() === 0;
/** A rule that is told from others by its title and the value that it looks for. */
const ruleOf = (title: string, value = 'x', id = ''): string =>
  `title: ${title}\n${id === '' ? '' : `id: ${id}\n`}logsource:\n  category: exec\ndetection:\n  sel:\n    f: ${value}\n  condition: sel\n`;

describe('loading rules again', () => {
  let directory: string;
  let now = 0;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reload-'));
    now = Date.parse('2026-01-01T00:00:00Z');
  });
  afterEach(() => rm(directory, { recursive: true }));

  const write = (name: string, text: string) => writeFile(join(directory, name), text);
  const setUp = (paths: readonly string[] = [directory], placeholders?: string) => {
    const parsed: string[] = [];
    const language: RuleLanguage<(typeof documents)[number]> = {
      ...ruleLanguage,
      parse: (text, file, values) => {
        parsed.push(file.path.slice(directory.length + 1));
        return ruleLanguage.parse(text, file, values);
      },
    };
    const loader = createRuleLoader({ paths, placeholders, language, clock: () => now });
    const load = async () => loader.load(await loader.find());
    return { load, loader, parsed };
  };
  const { documents } = ruleLanguage.parse('', { path: '', origin: '', stamp: '' }, new Map());
  const titles = ({ set }: LoadedRules) => set.rules.map(({ title }) => title);
  const told = ({ set }: LoadedRules) =>
    set.problems.map(
      ({ severity, file, line, column, message }) =>
        `${severity} ${file.slice(directory.length + 1)}:${line}:${column} ${message}`,
    );

  test('only what changed is read again', async () => {
    for (const name of ['a', 'b', 'c']) await write(`${name}.yml`, ruleOf(name));
    const { load, parsed } = setUp();
    const first = await load();
    await write('b.yml', ruleOf('b', 'other'));
    await write('d.yml', ruleOf('d'));
    await rm(join(directory, 'c.yml'));
    const second = await load();
    expect(parsed).toEqual(['a.yml', 'b.yml', 'c.yml', 'b.yml', 'd.yml']);
    expect(titles(second)).toEqual(['a', 'b', 'd']);
    expect(second.set.hash).not.toBe(first.set.hash);
  });

  describe('placeholders', () => {
    const expanding = ruleOf('expanding', "'%users%'").replace('f:', 'f|expand:');
    const file = () => join(directory, 'values.yml');

    test('a change of their file reads all rules anew, and those that use them are others then', async () => {
      await write('a.yml', expanding);
      await write('b.yml', ruleOf('other'));
      await write('values.yml', 'users: [root]\n');
      const { load, parsed } = setUp([directory], file());
      const first = await load();
      expect(told(first)).toEqual([]);
      expect(titles(first)).toEqual(['expanding', 'other']);
      await load();
      expect(parsed).toEqual(['a.yml', 'b.yml']);
      await write('values.yml', 'users: [root, admin]\n');
      const second = await load();
      expect(parsed).toEqual(['a.yml', 'b.yml', 'a.yml', 'b.yml']);
      const hashes = ({ set }: LoadedRules) => set.rules.map(({ hash }) => hash);
      expect(hashes(second)[0]).not.toBe(hashes(first)[0]);
      expect(hashes(second)[1]).toBe(hashes(first)[1]);
    });

    test.each([
      ['broken', 'users: [{}]\n', ':1:9 placeholder users: a value is a text or a list of texts'],
      ['gone', undefined, ':1:1 cannot be read: ENOENT'],
    ])('a file that is %s leaves the values in use', async (_, text, says) => {
      await write('a.yml', expanding);
      await write('values.yml', 'users: [root]\n');
      const { load } = setUp([directory], file());
      const first = await load();
      if (text === undefined) await rm(file());
      else await write('values.yml', text);
      const second = await load();
      expect(second.set.hash).toBe(first.set.hash);
      expect(told(second)).toHaveLength(1);
      expect(told(second)[0]).toContain(`error values.yml${says}`);
      expect(told(second)[0]).toContain('its values stay in use as they were read at 2026-01-01T00:00:00.000Z');
    });

    test('a rule whose placeholder lost its values stays as it was; without any it is refused', async () => {
      await write('a.yml', expanding);
      await write('values.yml', 'users: [root]\n');
      const { load } = setUp([directory], file());
      const first = await load();
      await write('values.yml', 'people: [root]\n');
      const second = await load();
      expect(second.set.hash).toBe(first.set.hash);
      expect(told(second)[0]).toContain('placeholder %users% has no values');
      const { load: loadElsewhere } = setUp([join(directory, 'a.yml')], join(directory, 'none.yml'));
      const none = await loadElsewhere();
      expect(titles(none)).toEqual([]);
      expect(told(none).map((line) => line.slice(0, 40))).toEqual([
        expect.stringContaining('none.yml:1:1 cannot be read'),
        expect.stringContaining('a.yml:'),
      ]);
    });
  });

  test('a broken edit keeps what that file had and takes up the rest', async () => {
    await write('a.yml', ruleOf('good'));
    await write('b.yml', ruleOf('other'));
    const { load } = setUp();
    await load();
    now += 60_000;
    await write('a.yml', 'title: broken\nlogsource: 5\n');
    await write('b.yml', ruleOf('changed'));
    const broken = await load();
    expect(titles(broken)).toEqual(['good', 'changed']);
    expect(broken.kept).toEqual([
      { file: join(directory, 'a.yml'), rules: 1, since: Date.parse('2026-01-01T00:00:00Z') },
    ]);
    expect(told(broken)).toEqual([
      'error a.yml:2:1 a rule needs a logsource: product, category or service',
      'error a.yml:1:1 a rule needs a detection',
      'warning a.yml:1:1 its rules stay in use as they were read at 2026-01-01T00:00:00.000Z',
    ]);
    // Broken in another way: still the last good one.
    await write('a.yml', 'title: "x');
    expect(titles(await load())).toEqual(['good', 'changed']);
    await write('a.yml', ruleOf('mended'));
    const mended = await load();
    expect(titles(mended)).toEqual(['mended', 'changed']);
    expect([mended.kept, mended.set.problems]).toEqual([[], []]);
  });

  test('of a file that was never whole, what is right is used', async () => {
    await write('a.yml', `${ruleOf('one')}---\ntitle: two\n`);
    const { load } = setUp();
    const first = await load();
    expect([titles(first), first.kept]).toEqual([['one'], []]);
    await write('a.yml', `${ruleOf('one')}---\n${ruleOf('two')}---\ntitle: three\n`);
    const second = await load();
    expect([titles(second), second.kept.length]).toEqual([['one'], 1]);
  });

  test('a truncated file is about to be written; a removed one is gone', async () => {
    await write('a.yml', ruleOf('a'));
    await write('b.yml', ruleOf('b'));
    const { load } = setUp();
    await load();
    await write('a.yml', '\n');
    await rm(join(directory, 'b.yml'));
    const loaded = await load();
    expect(titles(loaded)).toEqual(['a']);
    expect(told(loaded)[0]).toBe('error a.yml:1:1 is empty; remove the file if its rules are not wanted any more');
  });

  test('an edit that is wrong only beside the others goes back, and is tried again when the others change', async () => {
    const id = '11111111-1111-4111-8111-111111111111';
    await write('a.yml', ruleOf('first', 'x', id));
    await write('b.yml', ruleOf('second', 'y'));
    const { load } = setUp();
    await load();
    await write('b.yml', ruleOf('thief', 'z', id));
    const refused = await load();
    expect(titles(refused)).toEqual(['first', 'second']);
    expect(told(refused).join()).toContain(`id ${id} is that of`);
    expect(refused.kept.map(({ file }) => file)).toEqual([join(directory, 'b.yml')]);
    await rm(join(directory, 'a.yml'));
    const free = await load();
    expect([titles(free), free.kept, told(free)]).toEqual([['thief'], [], []]);
  });

  test('a directory that cannot be looked at keeps everything it had', async () => {
    const mine = join(directory, 'mine');
    await mkdir(join(mine, 'deep'), { recursive: true });
    await write('mine/deep/a.yml', ruleOf('a'));
    await write('mine/b.yml', ruleOf('b'));
    const { load } = setUp([mine]);
    await load();
    await rename(mine, join(directory, 'elsewhere'));
    const gone = await load();
    expect(titles(gone)).toEqual(['b', 'a']);
    expect(told(gone)).toHaveLength(1);
    expect(told(gone)[0]).toMatch(
      /^error mine:1:1 cannot be read: ENOENT.*; the 2 rules that were found there stay in use$/,
    );
    expect(gone.kept).toEqual([]);
    await rename(join(directory, 'elsewhere'), mine);
    const back = await load();
    expect([titles(back), told(back), back.kept]).toEqual([['b', 'a'], [], []]);
  });

  // Root may read everything.
  const unlessRoot = root ? () => undefined : test;
  unlessRoot('a file that may not be read any more keeps its rules', async () => {
    await write('a.yml', ruleOf('a'));
    const { load } = setUp();
    await load();
    await chmod(join(directory, 'a.yml'), 0);
    const loaded = await load();
    expect(titles(loaded)).toEqual(['a']);
    expect(told(loaded)[0]).toMatch(
      /^error a.yml:1:1 cannot be read: EACCES.*; its rules stay in use as they were read at/,
    );
    await chmod(join(directory, 'a.yml'), 0o600);
    expect(told(await load())).toEqual([]);
  });

  test('a link that leads nowhere any more keeps its rules', async () => {
    await write('real', ruleOf('a'));
    await symlink(join(directory, 'real'), join(directory, 'a.yml'));
    const { load } = setUp();
    await load();
    await rename(join(directory, 'real'), join(directory, 'away'));
    const loaded = await load();
    expect(titles(loaded)).toEqual(['a']);
    expect(told(loaded).join()).toMatch(/^error a.yml:1:1 cannot be read: ENOENT.*; the 1 rules that were found there/);
  });

  test('links are followed, in circles too; one file is taken once; names with a dot in front are not looked at', async () => {
    await mkdir(join(directory, 'real'));
    await mkdir(join(directory, '.git'));
    await write('real/a.yml', ruleOf('a'));
    await write('.git/b.yml', 'nonsense');
    await write('.#c.yml', 'nonsense');
    await symlink(directory, join(directory, 'real/circle'));
    await symlink(join(directory, 'real'), join(directory, 'again'));
    await mkdir(join(directory, '.other'));
    await write('.other/d.yml', ruleOf('d'));
    await symlink('.other', join(directory, 'linked'));
    const loaded = await setUp().load();
    expect([titles(loaded), told(loaded)]).toEqual([['a', 'd'], []]);
  });

  test('what is kept of the first directory still comes before the second', async () => {
    const id = '11111111-1111-4111-8111-111111111111';
    const paths = ['one', 'two'].map((name) => join(directory, name));
    for (const path of paths) await mkdir(path);
    await write('one/a.yml', ruleOf('shipped', 'x', id));
    const { load } = setUp(paths);
    await load();
    await rename(join(directory, 'one'), join(directory, 'away'));
    await write('two/a.yml', ruleOf('thief', 'x', id));
    expect(titles(await load())).toEqual(['shipped']);
  });
});

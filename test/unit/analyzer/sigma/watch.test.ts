import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRuleLoader, type LoadedRules, type RuleLoader } from '../../../../analyzer/sigma/reload.ts';
import { ruleLanguage } from '../../../../analyzer/sigma/rule-language.ts';
import { type Watching, type WatchOptions, watchRules } from '../../../../analyzer/sigma/watch.ts';

const ruleOf = (title: string): string =>
  `title: ${title}\nlogsource:\n  category: exec\ndetection:\n  sel:\n    f: x\n  condition: sel\n`;

/** However slow the machine is. */
const eventually = (look: () => void | Promise<void>) => vi.waitFor(look, { timeout: 9_000 });

describe('watching rule files', () => {
  let directory: string;
  let watching: Watching | undefined;
  const taken: LoadedRules[] = [];
  const failures: unknown[] = [];
  const unreadable: string[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'watch-'));
  });
  afterEach(async () => {
    await watching?.stop();
    for (const list of [taken, failures, unreadable]) list.length = 0;
    await rm(directory, { recursive: true });
  });
  const write = (name: string, text: string) => writeFile(join(directory, name), text);
  const start = async (options: Partial<WatchOptions> = {}, around = (loader: RuleLoader) => loader) => {
    const placeholders = join(directory, 'values.json');
    const parts = { paths: [directory], placeholders, language: ruleLanguage, clock: Date.now };
    const loader = around(createRuleLoader(parts));
    const since = await loader.find();
    await loader.load(since);
    watching = watchRules({
      loader,
      since,
      took: (loaded) => void taken.push(loaded),
      failed: (error) => void failures.push(error),
      unreadable: (files) => void unreadable.push(...files),
      quietMs: 30,
      mostMs: 300,
      lookEveryMs: 50,
      ...options,
    });
    return loader;
  };
  const titles = (): readonly string[] => taken.at(-1)?.set.rules.map(({ title }) => title) ?? [];
  const reached = (...wanted: readonly string[]) => eventually(() => expect(titles()).toEqual(wanted));

  test('takes up files that are written, replaced, linked in and removed', async () => {
    await write('a.yml', ruleOf('a'));
    await start();
    await write('b.yml', ruleOf('b'));
    await reached('a', 'b');
    // As editors save: a new file in the place of the old.
    await write('a.yml~', ruleOf('edited'));
    await rename(join(directory, 'a.yml~'), join(directory, 'a.yml'));
    await reached('edited', 'b');
    await mkdir(join(directory, 'new/deep'), { recursive: true });
    await write('new/deep/c.yml', ruleOf('c'));
    await reached('edited', 'b', 'c');
    await rm(join(directory, 'new'), { recursive: true });
    await reached('edited', 'b');
    expect(failures).toEqual([]);
  });

  test('placeholders are followed; the index is made before the rules are handed over', async () => {
    await write('a.yml', ruleOf('a').replace('f: x', "f|expand: '%names%'"));
    await write('values.json', '{"names": ["x"]}');
    const steps: number[] = [];
    await start({ lookEveryMs: 1e9, took: (loaded) => void taken.push(loaded) }, (loader) => ({
      ...loader,
      load: async (found) => {
        const loaded = await loader.load(found);
        const prepare = () => {
          const made = [...loaded.set.prepare()];
          steps.push(...made.map(() => taken.length));
          return made;
        };
        return { ...loaded, set: { ...loaded.set, prepare } };
      },
    }));
    const made = steps.length;
    await write('values.json', '{"names": ["y"]}');
    await reached('a');
    const [after] = taken;
    expect(steps.length).toBeGreaterThan(made);
    expect(new Set(steps.slice(made))).toEqual(new Set([0]));
    expect(after?.set.problems).toEqual([]);
    expect([...(after?.set.stats().values() ?? [])].some(({ entries }) => entries === 1)).toBe(true);
  });

  test('the system tells of a change long before the next look', async () => {
    await mkdir(join(directory, 'deep'));
    await start({ lookEveryMs: 1e9 });
    await write('deep/a.yml', ruleOf('a'));
    await reached('a');
    await write('deep/a.yml', ruleOf('edited'));
    await reached('edited');
  });

  test('a link that is turned to another directory', async () => {
    for (const name of ['one', 'two']) {
      await mkdir(join(directory, `.${name}`));
      await write(`.${name}/a.yml`, ruleOf(name));
    }
    const current = join(directory, 'current');
    await symlink('.one', current);
    await start();
    await symlink('.two', `${current}.new`);
    await rename(`${current}.new`, current);
    await reached('two');
    await write('.two/a.yml', ruleOf('edited'));
    await reached('edited');
  });

  test('many files that are switched at once are taken together', async () => {
    for (let i = 0; i < 100; i += 1) await write(`${i}.yml`, ruleOf(`old ${i}`));
    await start({ quietMs: 200, mostMs: 5_000 });
    for (let i = 0; i < 100; i += 1) await write(`${i}.yml`, ruleOf(`new ${i}`));
    await eventually(() => expect(taken).toHaveLength(1));
    expect(titles().filter((title) => title.startsWith('old'))).toEqual([]);
  });

  test('files that never come to rest are taken all the same', async () => {
    await write('a.yml', ruleOf('0'));
    await start({ quietMs: 20, mostMs: 100 });
    let count = 0;
    await eventually(async () => {
      count += 1;
      await write('a.yml', ruleOf(String(count)));
      expect(taken.length).toBeGreaterThan(1);
    });
  });

  test('what fails to load is told once and not tried again until it changes', async () => {
    await write('a.yml', ruleOf('a'));
    let broken = true;
    let attempts = 0;
    await start({}, (loader) => ({
      find: loader.find,
      load: (found) => {
        attempts += 1;
        if (attempts > 1 && broken) throw new Error('out of memory');
        return loader.load(found);
      },
    }));
    await write('b.yml', ruleOf('b'));
    await eventually(() => expect(failures).toEqual([new Error('out of memory')]));
    broken = false;
    await write('c.yml', ruleOf('c'));
    await reached('a', 'b', 'c');
    expect([attempts, failures.length]).toEqual([3, 1]);
  });

  test('nothing is taken after it was stopped', async () => {
    await start();
    await write('a.yml', ruleOf('a'));
    await watching?.stop();
    expect(taken).toEqual([]);
  });
});

import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCached } from '../../../../analyzer/sigma/load-cached.ts';
import { execRule } from './documents.ts';

let top: string;
let directory: string;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'cached-'));
  directory = join(top, 'cache');
  await writeFile(join(top, 'r.yml'), execRule('first'));
});
afterEach(() => rm(top, { recursive: true }));

const load = async (placeholders: ReadonlyMap<string, readonly string[]> = new Map()) => {
  const { documents } = await loadCached([join(top, 'r.yml')], { placeholders, directory });
  return documents.map(({ title }) => title);
};
const kept = async () => (await readdir(directory)).map((name) => join(directory, name));

test('rules that were read are found again, until their text or their placeholders are others', async () => {
  expect(await load()).toEqual(['first']);
  const [file = ''] = await kept();
  await writeFile(file, (await readFile(file, 'utf8')).replace('"title":"first"', '"title":"kept"'));
  expect(await load()).toEqual(['kept']);
  expect(await load(new Map([['a', ['b']]]))).toEqual(['first']);
  await writeFile(join(top, 'r.yml'), execRule('second'));
  expect(await load()).toEqual(['second']);
  expect(await kept()).toHaveLength(3);
});

test('what was kept and is broken, or lies where others may write, is not used', async () => {
  await load();
  const [file = ''] = await kept();
  await writeFile(file, '{"documents": 1}');
  expect(await load()).toEqual(['first']);
  await writeFile(file, (await readFile(file, 'utf8')).replace('"title":"first"', '"title":"planted"'));
  await chmod(directory, 0o777);
  expect(await load()).toEqual(['first']);
});

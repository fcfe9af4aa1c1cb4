import { existsSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseSync } from '@swc/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeKey } from '../../../../analyzer/sigma/load-code-key.ts';
import { packagePath } from '../../../../shared/package-root.ts';

const root = packagePath('.');
const entry = packagePath('analyzer/sigma/load-cached.ts');

/** What a compiler says that a module imports, directly or not: files, and names of packages. */
function importsOf(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const statement of parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript' }).body) {
    const name = 'source' in statement ? statement.source?.value : undefined;
    if (name?.startsWith('.')) importsOf(resolve(dirname(file), name), found);
    else if (name !== undefined && !name.startsWith('node:')) found.add(name);
  }
  return found;
}

describe('the key of the code that rules are read with', () => {
  let copy: string;
  beforeEach(async () => {
    copy = await mkdtemp(join(tmpdir(), 'code-'));
  });
  afterEach(() => rm(copy, { recursive: true }));

  it('changes with every module and every package that has a part in it', async () => {
    const all = [...importsOf(entry)];
    const files = all
      .filter((one) => existsSync(one))
      .map((file) => ({ path: relative(root, file), text: readFileSync(file, 'utf8') }));
    const packages = all
      .filter((one) => !existsSync(one))
      .map((name) => ({ path: `node_modules/${name}/package.json`, text: '{}' }));
    for (const { path, text } of [...files, ...packages]) {
      await mkdir(dirname(join(copy, path)), { recursive: true });
      await writeFile(join(copy, path), text);
    }
    const keyNow = () => codeKey(join(copy, relative(root, entry)));
    const keys = [await keyNow()];
    expect(await keyNow()).toBe(keys[0]);
    for (const { path } of [...files, ...packages]) {
      await appendFile(join(copy, path), '\n');
      keys.push(await keyNow());
    }
    expect(new Set(keys).size).toBe(1 + files.length + packages.length);
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'shared/hash.ts',
        'analyzer/sigma/language/values.ts',
        'analyzer/sigma/correlation/parse.ts',
      ]),
    );
    expect(packages.map(({ path }) => path)).toContain('node_modules/yaml/package.json');
  });

  it('is there for the code as it is, and not for code of which a part is missing', async () => {
    expect(await codeKey(entry)).toMatch(/^[0-9a-f]{64}$/);
    await writeFile(join(copy, 'a.js'), "import './gone.js';");
    await expect(codeKey(join(copy, 'a.js'))).rejects.toThrow('gone.js');
    await writeFile(join(copy, 'a.js'), "import x from '@no/such/part';");
    await expect(codeKey(join(copy, 'a.js'))).rejects.toThrow('@no/such is not installed');
  });
});

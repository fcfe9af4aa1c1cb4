import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Statements begin a line, as the compiler and the formatter write them. */
const imported = /^(?:(?:import|export)\b[^'";]*?\bfrom|import)\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/**
 * Changes with the code of a module: its own text, that of every module that it imports, directly or not, and the versions of the packages that
 * any of them imports. It is read from the imports themselves, so that none is forgotten.
 * @throws when one of them cannot be read
 */
export async function codeKey(entry: string): Promise<string> {
  const hash = createHash('sha256');
  const seen = new Set<string>();
  const open = [entry];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = await readFile(file, 'utf8');
    hash.update(JSON.stringify([file, text]));
    if (file.endsWith('.json')) continue;
    for (const [, named, awaited] of text.matchAll(imported)) {
      const name = named ?? awaited ?? '';
      if (name.startsWith('node:')) continue;
      open.push(name.startsWith('.') ? resolve(dirname(file), name) : await manifestOf(name, dirname(file)));
    }
  }
  return hash.digest('hex');
}

/** The package.json of an installed package, as modules in a directory find it: its version is in there. */
async function manifestOf(specifier: string, from: string): Promise<string> {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  for (let directory = from; ; directory = dirname(directory)) {
    const manifest = join(directory, 'node_modules', name, 'package.json');
    const isThere = await access(manifest).then(
      () => true,
      () => false,
    );
    if (isThere) return manifest;
    if (dirname(directory) === directory) throw new Error(`${name} is not installed`);
  }
}

import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRecord } from '../../shared/observation.ts';
import { packagePath } from '../../shared/package-root.ts';
import { parseRuleFile } from './language/document.ts';
import type { Placeholders } from './language/placeholders.ts';
import { type RuleText, readRuleTexts } from './load.ts';
import { codeKey } from './load-code-key.ts';
import type { RuleDocument, RuleProblem } from './rule.ts';

/** Rules as read, without what stands beside their detection. */
export interface LoadedDocuments {
  readonly documents: readonly RuleDocument[];
  readonly problems: readonly RuleProblem[];
}

export interface CachedOptions {
  readonly placeholders: Placeholders;
  /** Where what was read is kept; undefined: nowhere. A directory of somebody else's is not used. */
  readonly directory: string | undefined;
}

/** Sets of files that are kept; the one that was not asked for the longest goes first. */
const mostKept = 16;

/**
 * Reads rules, or finds what was made of the very same files before: the key is a hash of their names and texts, of the placeholders, and of
 * all code that this module is made of. Whatever is wrong with the cache, the rules are read.
 */
export async function loadCached(paths: readonly string[], options: CachedOptions): Promise<LoadedDocuments> {
  const { texts, problems } = await readRuleTexts(paths);
  const read = (): LoadedDocuments => readTexts(texts, options.placeholders);
  const loaded = await (options.directory === undefined
    ? read()
    : throughCache(options.directory, { texts, options, read }));
  return { documents: loaded.documents, problems: [...problems, ...loaded.problems] };
}

/** Who names files in one breath answers for all of them: see `RuleInfo.origin`. */
const oneOrigin = 'command line';

function readTexts(texts: readonly RuleText[], placeholders: Placeholders): LoadedDocuments {
  const parsed = texts.map(({ text, file }) => parseRuleFile(text, file.path, { placeholders, origin: oneOrigin }));
  return {
    documents: parsed.flatMap(({ documents }) => documents.map(({ rule }) => rule)),
    problems: parsed.flatMap(({ problems }) => problems),
  };
}

interface Question {
  readonly texts: readonly RuleText[];
  readonly options: CachedOptions;
  readonly read: () => LoadedDocuments;
}

async function throughCache(directory: string, { texts, options, read }: Question): Promise<LoadedDocuments> {
  if (!(await isOurs(directory))) return read();
  const key = await keyOf(texts, options.placeholders).catch(() => undefined);
  if (key === undefined) return read();
  const file = join(directory, `rules-${key}.json`);
  try {
    const kept: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!isLoaded(kept)) throw new Error('is not what was kept');
    await utimes(file, new Date(), new Date());
    return kept;
  } catch {
    const loaded = read();
    await keep(directory, file, loaded).catch(() => undefined);
    return loaded;
  }
}

const isLoaded = (value: unknown): value is LoadedDocuments =>
  isRecord(value) && Array.isArray(value.documents) && Array.isArray(value.problems);

/** Who can write there decides what rules say. */
async function isOurs(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const found = await lstat(directory);
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch {
    return false;
  }
}

async function keyOf(texts: readonly RuleText[], placeholders: Placeholders): Promise<string> {
  const hash = createHash('sha256');
  // Whatever turns text into rules is imported here.
  hash.update(await codeKey(import.meta.filename)).update(await readFile(packagePath('package.json'), 'utf8'));
  hash.update(JSON.stringify([...placeholders]));
  for (const { file, text } of texts) hash.update(JSON.stringify([file.path, text.length])).update(text);
  return hash.digest('hex').slice(0, 32);
}

async function keep(directory: string, file: string, loaded: LoadedDocuments): Promise<void> {
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, JSON.stringify(loaded), { mode: 0o600 });
  await rename(partial, file);
  const names = (await readdir(directory)).filter((name) => name.startsWith('rules-'));
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(directory, name))).mtimeMs })),
  );
  const old = aged.sort((a, b) => b.at - a.at).slice(mostKept);
  await Promise.all(old.map(({ name }) => rm(join(directory, name), { force: true })));
}

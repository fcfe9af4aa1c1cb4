import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { messageOf } from '../../shared/errors.ts';

/** A rule file as it lies on the disk. */
export interface RuleFile {
  readonly path: string;
  /** The path that was asked for and that the file lies at or below. */
  readonly origin: string;
  /** Changes with every change of the file: device, inode, size and times. */
  readonly stamp: string;
}

export interface FoundRules {
  /** In the order in which their rules are taken: paths as asked for, then names. One file is there once, whatever its names. */
  readonly files: readonly RuleFile[];
  /** Directory → what tells it from another one that takes its place. */
  readonly directories: ReadonlyMap<string, string>;
  /** The file of placeholders, if one was named; without a stamp when it could not be looked at. */
  readonly placeholders?: PlaceholdersAt;
  /** What could not be looked at, in the order of the paths as asked for, then by path; nothing is known of what lies there. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

/** Where the values of placeholders stand. */
export interface PlaceholdersAt {
  readonly path: string;
  readonly stamp?: string;
  /** Why it could not be looked at. */
  readonly unreadable?: string;
}

/**
 * Every .yml and .yaml file at or below the paths, but for the one with placeholders. A path may be a link; below it links are followed to
 * what lies below it, too, and nowhere else. Names that begin with a dot are not looked at. Never throws.
 */
export async function findRuleFiles(paths: readonly string[], placeholders?: string): Promise<FoundRules> {
  const seen = new Set<string>();
  const files: RuleFile[] = [];
  const directories = new Map<string, string>();
  const unreadable: { path: string; reason: string }[] = [];
  const attempt = async <T>(path: string, look: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      unreadable.push({ path, reason: messageOf(error) });
      return undefined;
    }
  };
  // What a dead link was meant to be cannot be told; most files beside rules are not missed.
  const attemptNode = async (path: string): Promise<FoundNode | undefined> =>
    isRuleName(path) || !extname(path) ? attempt(path, () => nodeAt(path)) : nodeAt(path).catch(() => undefined);
  const nodeBelow = async (entry: Dirent, directory: string, origin: string): Promise<FoundNode | undefined> => {
    const path = join(directory, entry.name);
    const node = await attemptNode(path);
    if (node === undefined || !entry.isSymbolicLink()) return node;
    return attempt(path, async () => {
      const end = await endBeyond(path, origin);
      if (end === undefined) return node;
      // Of other files nothing would be taken, wherever they lie.
      if (!node.isDirectory && !isRuleName(path)) return undefined;
      const message = `it is a link to ${end}, which does not lie in ${origin}`;
      throw new Error(`${message}; put the files there, or name their directory, too`);
    });
  };
  const take = async (node: FoundNode | undefined, origin: string): Promise<void> => {
    // By two names, or in a circle of links.
    if (node === undefined || seen.has(node.identity)) return;
    seen.add(node.identity);
    const { path, stamp } = node;
    // Below a directory nothing is opened that could make the reader wait for ever.
    if (path !== origin && !node.isDirectory && !node.isFile) return;
    if (!node.isDirectory) {
      if (path === origin || isRuleName(path)) files.push({ path, origin, stamp });
      return;
    }
    directories.set(path, node.identity);
    const entries = (await attempt(path, () => readdir(path, { withFileTypes: true }))) ?? [];
    const inside = entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
    const nodes = await Promise.all(inside.map((entry) => nodeBelow(entry, path, origin)));
    for (const below of nodes) await take(below, origin);
  };
  const values = placeholders === undefined ? undefined : await placeholdersAt(placeholders, { seen, directories });
  for (const origin of paths) {
    const before = unreadable.length;
    await take(await attempt(origin, () => nodeAt(origin)), origin);
    // Several are looked at at once, and end in any order.
    unreadable.push(...unreadable.splice(before).sort((a, b) => (a.path < b.path ? -1 : 1)));
  }
  return { files, directories, unreadable, ...(values && { placeholders: values }) };
}

/** Where a link ends, unless that is at or below the directory. @throws when nothing is there */
async function endBeyond(link: string, directory: string): Promise<string | undefined> {
  const [end, top] = await Promise.all([realpath(link), realpath(directory)]);
  return end === top || end.startsWith(top.endsWith('/') ? top : `${top}/`) ? undefined : end;
}

/** It is no rule file, wherever it lies; its directory is followed as those of rules are. */
async function placeholdersAt(
  path: string,
  { seen, directories }: { readonly seen: Set<string>; readonly directories: Map<string, string> },
): Promise<PlaceholdersAt> {
  const directory = await nodeAt(dirname(path)).catch(() => undefined);
  if (directory !== undefined) directories.set(directory.path, directory.identity);
  try {
    const { identity, stamp } = await nodeAt(path);
    seen.add(identity);
    return { path, stamp };
  } catch (error) {
    return { path, unreadable: messageOf(error) };
  }
}

export const isRuleName = (name: string): boolean => /\.ya?ml$/.test(name);

interface FoundNode {
  readonly path: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
  readonly identity: string;
  readonly stamp: string;
}

async function nodeAt(path: string): Promise<FoundNode> {
  const found = await stat(path, { bigint: true });
  const identity = [found.dev, found.ino, found.birthtimeNs].join(':');
  const stamp = [identity, found.size, found.mtimeNs, found.ctimeNs].join(':');
  return { path, isDirectory: found.isDirectory(), isFile: found.isFile(), identity, stamp };
}

/** Two looks with the same picture saw the same files. */
export const pictureOf = ({ files, unreadable, placeholders }: FoundRules): string =>
  JSON.stringify([files.map(({ path, stamp }) => [path, stamp]), unreadable, placeholders]);

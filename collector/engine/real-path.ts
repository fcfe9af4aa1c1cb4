import { lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isRootLink } from '../../shared/clean-path.ts';

const mostLinks = 40;

export interface WalkOptions {
  /** The root that absolute links lead to, as this process sees it. */
  readonly root: string;
  /** Called with each real directory before it is entered; throws to stay out. */
  readonly enter?: (real: string) => void;
}

/**
 * The path without links, each followed inside the given root, `..` taken from where a link led to: as the kernel would for a process whose
 * root that is. Rejects when something is not there, may not be read or leads in circles.
 */
export async function realPath(path: string, { root, enter }: WalkOptions): Promise<string> {
  let pending = partsOf(path);
  let real: string[] = [];
  let links = 0;
  while (pending.length > 0) {
    const [part = '', ...rest] = pending;
    pending = rest;
    if (part === '..') {
      real.pop();
      continue;
    }
    const next = `/${[...real, part].join('/')}`;
    if (isRootLink(next)) {
      real = [];
      continue;
    }
    const target = await linkAt(root, next);
    if (target === undefined) {
      real.push(part);
      enter?.(next);
      continue;
    }
    links += 1;
    if (links > mostLinks) throw new Error(`${path} has too many levels of links`);
    pending = [...partsOf(target), ...pending];
    if (target.startsWith('/')) real = [];
  }
  return `/${real.join('/')}`;
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

async function linkAt(root: string, path: string): Promise<string | undefined> {
  // Whoever asks is "self": these would lead to this process.
  if (path === '/proc/self' || path === '/proc/thread-self') return undefined;
  if (/^\/proc\/(self|thread-self)\//.test(path)) throw new Error(`${path} is another for every process`);
  const stats = await lstat(join(root, path));
  return stats.isSymbolicLink() ? readlink(join(root, path)) : undefined;
}

/** What the host's file system says of a path; gathered by resolve.ts. */
export interface HostPath {
  /** Real path on the host; the cleaned path when it could not be asked. */
  readonly real: string;
  readonly resolved: boolean;
  readonly type?: 'file' | 'directory' | 'socket' | 'block' | 'char' | 'other';
  /** `st_dev:st_ino` */
  readonly identity?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly fstype?: string;
}

/** A runtime's API socket that lives on this host. */
export interface RuntimeSocket {
  readonly path: string;
  readonly identity?: string;
}

/** The path without `//`, `/./` and `..`, as the engine cleans bind sources (catalogue L10). `/proc/N/root` is the root it shows. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  const cleaned = `/${parts.join('/')}`;
  const beyond = /^\/proc\/(?:self|thread-self|\d+)\/root(\/.*|$)/.exec(cleaned);
  return beyond === null ? cleaned : cleanPath(beyond[1] ?? '/');
}

export const isWithin = (path: string, directory: string): boolean =>
  directory === '/' || path === directory || path.startsWith(`${directory}/`);

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

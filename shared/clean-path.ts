/** Links of /proc that show the root of a process: for the host's own processes that is the host's. */
const rootLink = /^\/proc\/(?:self|thread-self|\d+)(?:\/task\/\d+)?\/root(?=\/|$)/;

export const isRootLink = (path: string): boolean => rootLink.exec(path)?.[0] === path;

/** The path without `//`, `/./` and `..`, as the engine cleans bind sources (catalogue L10). `/proc/N/root` is the root it shows. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  const cleaned = `/${parts.join('/')}`;
  const beyond = cleaned.replace(rootLink, '');
  return beyond === cleaned ? cleaned : cleanPath(beyond);
}

const mostPaths = 16;
const longestArgument = 4_096;
/** An option may carry a path: `--file=/etc/shadow`, `if=/dev/sda`. */
const optionValue = /^[\w-]{1,40}=(?=[./])/;

/**
 * Files that a command line names, each in one spelling whatever was written (catalogue EVA-03): without `//`, `/./`, `..`, links of /proc to a
 * root, and joined to the working directory where that is known. A word without a slash may be a file, too, when it is. Links on disk are not
 * followed: who asks for what was opened needs the kernel.
 */
export function pathsNamed(args: readonly string[], workingDirectory?: string): readonly string[] {
  const found = new Set<string>();
  for (const arg of args.slice(1)) {
    if (found.size === mostPaths) break;
    if (arg.length > longestArgument || arg.includes('\n')) continue;
    const path = arg.replace(optionValue, '');
    if (path.startsWith('/')) found.add(cleanPath(path));
    else if (workingDirectory?.startsWith('/') && /^[\w.]/.test(path))
      found.add(cleanPath(`${workingDirectory}/${path}`));
    else if (path.includes('/') && !path.startsWith('-')) found.add(cleanPath(path.replace(/^(\.{1,2}\/)+/, '/')));
  }
  return [...found];
}

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { cleanPath, pathsNamed } from '../../../shared/clean-path.ts';

/** Catalogue EVA-03: spellings of one file. */
const spellings: readonly (readonly [args: readonly string[], workingDirectory: string | undefined])[] = [
  [['cat', '/etc/shadow'], undefined],
  [['cat', '/etc//shadow'], undefined],
  [['cat', '/etc/./shadow'], undefined],
  [['cat', '/etc/../etc/shadow'], undefined],
  [['cat', '/proc/self/root/etc/shadow'], undefined],
  [['cat', '/proc/1/root/etc/shadow'], undefined],
  [['cat', '/proc/1/task/1/root/etc/shadow'], undefined],
  [['cat', 'shadow'], '/etc'],
  [['cat', './shadow'], '/etc'],
  [['cat', '../etc/shadow'], '/tmp'],
  [['cat', 'etc/shadow'], '/'],
  [['dd', 'if=/etc//shadow'], undefined],
  [['grep', 'root', '--file=/etc/./shadow'], undefined],
];

describe('a file that a command line names', () => {
  it.each(spellings)('%j in %s', (args, workingDirectory) => {
    expect(pathsNamed(args, workingDirectory)).toContain('/etc/shadow');
  });

  test('is not a word, an option or a line of text', () => {
    expect(pathsNamed(['sh', '-c', 'cat /etc/shadow\nid', '--color', 'word'])).toEqual([]);
  });

  test('there are at most 16, each absolute and clean', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.constantFrom(undefined, '/a', '/'), (args, directory) => {
        const paths = pathsNamed(args, directory);
        expect(paths.length).toBeLessThanOrEqual(16);
        for (const path of paths) expect(cleanPath(path)).toBe(path);
      }),
    );
  });
});

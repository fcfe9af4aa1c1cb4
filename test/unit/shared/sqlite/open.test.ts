import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../../../shared/errors.ts';
import { compareVersions, networkFileSystem, openSqlite, sqliteVersion } from '../../../../shared/sqlite/open.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-sqlite-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('openSqlite', () => {
  it('opens in WAL mode with the wanted promise about power loss', () => {
    for (const [synchronous, number] of [
      ['normal', 1],
      ['full', 2],
    ] as const) {
      const database = openSqlite({ path: join(directory, `${synchronous}.db`), synchronous });
      expect(database.pragma('journal_mode', { simple: true })).toBe('wal');
      expect(database.pragma('synchronous', { simple: true })).toBe(number);
      expect(compareVersions(sqliteVersion(database), '3.51.3')).toBeGreaterThanOrEqual(0);
      database.close();
    }
  });

  it('says what to do about a file that is something else', () => {
    const path = join(directory, 'log.db');
    writeFileSync(path, 'this is no database, and long enough to be read as one '.repeat(20));
    expect(() => openSqlite({ path, synchronous: 'normal' })).toThrow(UserError);
    expect(() => openSqlite({ path, synchronous: 'normal' })).toThrow(/is not a log/);
  });

  it('follows a link of its own account, not one that another made', () => {
    const path = join(directory, 'log.db');
    symlinkSync(join(directory, 'elsewhere.db'), path);
    openSqlite({ path, synchronous: 'normal' }).close();
    const geteuid = vi.spyOn(process, 'geteuid').mockReturnValue(4_242);
    expect(() => openSqlite({ path, synchronous: 'normal' })).toThrow(/symbolic link that another account made/);
    geteuid.mockRestore();
  });

  it('says what to do about a directory that is not there', () => {
    const path = join(directory, 'missing', 'log.db');
    expect(() => openSqlite({ path, synchronous: 'normal' })).toThrow(/cannot be opened/);
  });

  it('finds no network under a local directory', () => {
    expect(networkFileSystem(join(directory, 'log.db'))).toBeUndefined();
  });
});

describe('compareVersions', () => {
  it('compares parts as numbers', () => {
    expect(compareVersions('3.51.3', '3.51.3')).toBe(0);
    expect(compareVersions('3.9.0', '3.51.3')).toBeLessThan(0);
    expect(compareVersions('3.51.10', '3.51.3')).toBeGreaterThan(0);
    expect(compareVersions('4', '3.51.3')).toBeGreaterThan(0);
  });
});

import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrCreateSecret } from '../../../shared/secret-file.ts';

describe('the token file', () => {
  let directory = '';
  let path = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'moorwatch-token-'));
    path = join(directory, 'feed.token');
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is made with 32 random bytes for its owner alone, and read afterwards', async () => {
    const token = await readOrCreateSecret(path);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readOrCreateSecret(path)).toBe(token);
    expect(await readdir(directory)).toEqual(['feed.token']);
  });

  it('is one token when several processes start at once', async () => {
    const tokens = await Promise.all(Array.from({ length: 8 }, () => readOrCreateSecret(path)));
    expect(new Set(tokens).size).toBe(1);
    expect(await readdir(directory)).toEqual(['feed.token']);
  });

  it('is refused when others can read it, with what to do', async () => {
    await writeFile(path, 'x'.repeat(43));
    await chmod(path, 0o640);
    await expect(readOrCreateSecret(path)).rejects.toMatchObject({
      message: expect.stringContaining('mode 640') as string,
      fix: expect.stringContaining('chmod 600') as string,
    });
  });

  it('is not followed through a symbolic link, there or dangling', async () => {
    await writeFile(join(directory, 'other'), 'x'.repeat(43), { mode: 0o600 });
    await symlink(join(directory, 'other'), path);
    await expect(readOrCreateSecret(path)).rejects.toThrow('symbolic link');
    await rm(join(directory, 'other'));
    await expect(readOrCreateSecret(path)).rejects.toThrow('symbolic link');
    expect(await readdir(directory)).toEqual(['feed.token']);
  });

  it('is refused when it holds no token', async () => {
    await writeFile(path, 'short\n', { mode: 0o600 });
    await expect(readOrCreateSecret(path)).rejects.toThrow('holds no token');
    expect(await readFile(path, 'utf8')).toBe('short\n');
  });

  it('says what to do when it cannot be made', async () => {
    await expect(readOrCreateSecret(join(directory, 'no', 'where'))).rejects.toMatchObject({
      message: expect.stringContaining('cannot be used') as string,
      fix: expect.stringContaining('feed.tokenFile') as string,
    });
  });
});

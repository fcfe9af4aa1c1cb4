import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, unlink } from 'node:fs/promises';
import { exitCode, messageOf, UserError } from './errors.ts';

/** A shorter token could be guessed. The one we make has 43 characters. */
const shortestToken = 24;

/**
 * The feed's token: read from the file, which is created with a random one (32 bytes, base64url) when there is none. The file is never
 * followed through a symbolic link, and one that others can read, or that somebody else owns, is refused.
 */
export async function readOrCreateSecret(path: string): Promise<string> {
  const known = await readIfThere(path);
  if (known !== undefined) return known;
  await create(path);
  const made = await readIfThere(path);
  if (made !== undefined) return made;
  throw unusable(path, new Error('it was removed while moorwatch started'));
}

async function readIfThere(path: string): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw unusable(path, error);
  }
  try {
    await check(file, path);
    const token = (await file.readFile('utf8')).trim();
    if (token.length >= shortestToken && !/\s/.test(token)) return token;
    throw new UserError(`${path} holds no token: it must be one word of at least ${shortestToken} characters`, {
      fix: `delete ${path}: a new token is made at the next start`,
      code: exitCode.config,
    });
  } finally {
    await file.close();
  }
}

async function check(file: FileHandle, path: string): Promise<void> {
  const refusal = secretRefusal(path, await file.stat());
  if (refusal !== undefined) throw refusal;
}

/** Why a file with this owner and mode may not hold a secret of ours; undefined when it may. UserError with code 77. */
export function secretRefusal(path: string, { mode, uid }: { mode: number; uid: number }): UserError | undefined {
  const mine = process.geteuid?.() ?? 0;
  const wrong =
    (mode & constants.S_IFMT) !== constants.S_IFREG
      ? 'is no regular file'
      : (mode & 0o077) !== 0
        ? `can be read or written by others (mode ${(mode & 0o777).toString(8)})`
        : uid !== mine && uid !== 0 && mine !== 0
          ? `belongs to another account (uid ${uid})`
          : undefined;
  if (wrong === undefined) return undefined;
  return new UserError(`token file ${path} ${wrong}`, {
    fix: `chmod 600 ${path} and chown it to the account that runs moorwatch; if others may have read it, delete it`,
    code: exitCode.permission,
  });
}

/** Written whole beside its place and linked there, so that a reader never sees half a token and an existing file is never replaced. */
async function create(path: string): Promise<void> {
  const draft = `${path}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(
      draft,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      await file.writeFile(`${randomBytes(32).toString('base64url')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(draft, path).catch((error: unknown) => {
      if (!isCode(error, 'EEXIST')) throw error;
    });
    await unlink(draft);
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): UserError {
  const why = isCode(error, 'ELOOP') ? 'it is a symbolic link' : messageOf(error);
  return new UserError(`the token file ${path} cannot be used: ${why}`, {
    fix: 'make its directory writable for the account that runs moorwatch, or set feed.tokenFile to another place',
    code: exitCode.permission,
    cause: error,
  });
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

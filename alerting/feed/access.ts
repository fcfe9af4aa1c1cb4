import { readFile } from 'node:fs/promises';
import type { Config } from '../../shared/config/schema.ts';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import { readOrCreateSecret } from '../../shared/secret-file.ts';
import type { NamedToken } from './auth.ts';
import type { TlsPlace } from './listen.ts';

export interface Access {
  /** Of the owner. */
  readonly token: string;
  readonly tokens: readonly NamedToken[];
  readonly tls: TlsPlace | undefined;
}

/**
 * What the files hold that say who may ask, and how they reach us. Tokens are made where there are none.
 * @throws UserError when a file cannot be used, or two tokens are the same
 */
export async function readAccess(
  tokenFile: string,
  { tokens, tls }: Pick<Config['feed'], 'tokens' | 'tls'>,
): Promise<Access> {
  const token = await readOrCreateSecret(tokenFile);
  const named: NamedToken[] = [];
  for (const { name, role, file } of tokens)
    named.push({ name: `token ${name}`, role, token: await readOrCreateSecret(file) });
  const all = [token, ...named.map((one) => one.token)];
  if (new Set(all).size < all.length)
    throw new UserError('two tokens of the feed are the same, so nobody could tell who asks', {
      fix: 'delete one of the files that feed.tokens names: a new token is made at the next start',
      code: exitCode.config,
    });
  return {
    token,
    tokens: named,
    tls: tls && { ...tls, cert: await pem(tls.cert, 'cert'), key: await pem(tls.key, 'key') },
  };
}

async function pem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(`feed.tls.${what} ${path} cannot be read: ${messageOf(error)}`, {
      fix: 'name a PEM file that the account which runs moorwatch may read',
      code: exitCode.config,
      cause: error,
    });
  }
}

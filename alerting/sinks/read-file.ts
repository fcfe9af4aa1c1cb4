import { readFileSync } from 'node:fs';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';

/**
 * The text of a file that a sink's configuration names (a certificate, a secret). Read once, when the sink is made.
 * @param what the configuration key
 * @throws UserError
 */
export function readSinkFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${what} ${path} cannot be read: ${messageOf(error)}`, {
      fix: `check the path, and that uid ${process.geteuid?.() ?? '?'} may read it and enter its directories: started as root, the account monitor.user reads it`,
      code: exitCode.config,
      cause: error,
    });
  }
}

/** PEM files that a configuration names: the authority of the receiver's certificate, a certificate of our own and its key. */
export interface PemFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Their texts, as TLS takes them.
 * @param section what stands before their configuration keys, such as `ssl.`
 * @throws UserError
 */
export function readPems({ ca, cert, key }: PemFiles, section = ''): { ca?: string; cert?: string; key?: string } {
  return {
    ...(ca !== undefined && { ca: readSinkFile(ca, `${section}ca`) }),
    ...(cert !== undefined && { cert: readSinkFile(cert, `${section}cert`) }),
    ...(key !== undefined && { key: readSinkFile(key, `${section}key`) }),
  };
}

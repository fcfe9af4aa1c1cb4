import { createHmac } from 'node:crypto';
import { exitCode, UserError } from '../../shared/errors.ts';
import { readSinkFile } from './read-file.ts';

/** Signs messages as Standard Webhooks 1.0 has it (standardwebhooks.com): HMAC-SHA256 over id, time and body, joined by dots. */
export interface Signer {
  /** @param at ms since the epoch, of this attempt: a receiver refuses what is older than it likes */
  headers(message: { readonly id: string; readonly at: number; readonly body: string }): Record<string, string>;
  /** What no message may repeat. */
  readonly secrets: readonly string[];
}

/** Bytes of a key, by the standard. */
const shortest = 24;
const longest = 64;

/**
 * The keys in a file, one a line: `whsec_` and base64 of 24 to 64 bytes. Each of them signs, so that receivers can change from the old key to the new
 * one while messages go on.
 * @throws UserError
 */
export function readSigner(path: string): Signer {
  const lines = readSinkFile(path, 'secretFile').split(/\r?\n/).entries();
  const written = [...lines].filter(([, line]) => line.trim() !== '' && !line.startsWith('#'));
  const keys = written.map(([i, line]) => keyIn(line.trim()) ?? fail(`${path}:${i + 1}: not a signing key`));
  if (keys.length === 0) fail(`${path}: no signing key`);
  return {
    headers: ({ id, at, body }) => {
      const timestamp = String(Math.floor(at / 1_000));
      const signed = `${id}.${timestamp}.${body}`;
      const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
      return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
    },
    secrets: written.map(([, line]) => line.trim()),
  };
}

function keyIn(line: string): Buffer | undefined {
  const text = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(line)?.[1];
  const key = Buffer.from(text ?? '', 'base64');
  return key.length >= shortest && key.length <= longest && key.toString('base64') === text ? key : undefined;
}

function fail(message: string): never {
  throw new UserError(message, {
    fix: `make one: echo "whsec_$(openssl rand -base64 32)"; the key is ${shortest} to ${longest} bytes`,
    code: exitCode.config,
  });
}

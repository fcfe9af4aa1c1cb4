import { createHmac } from 'node:crypto';

/**
 * Takes secrets out of text before it reaches the log. A secret is replaced by `[redacted:<8 hex>]`, a keyed hash: equal secrets stay equal,
 * so that learning still works, and nobody without the key can guess them. Never a whole argument, never anything for looking like
 * base64: rules must still see what was run.
 */
export interface Redactor {
  text(text: string): string;
  /** Arguments; a value may stand in the argument behind its flag. */
  args(args: readonly string[]): readonly string[];
}

const secretName =
  '(?:[a-z0-9_.-]*(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|auth)[a-z0-9_]*)';
const secretFlag = new RegExp(`^--?${secretName}$`, 'i');

/** Each captures what stays in front of the secret, and the secret. */
const patterns: readonly RegExp[] = [
  // --password=x, TOKEN=x, password: x
  new RegExp(
    `((?:^|[\\s"'&?;,{])-{0,2}"?${secretName}"?\\s{0,2}[=:]\\s{0,2}["']?)(?!\\[redacted:|bearer |basic )([^\\s"'&;,}]{3,})`,
    'gi',
  ),
  // --password x
  new RegExp(`((?:^|\\s)--?${secretName}\\s+["']?)(?!-|\\[redacted:)([^\\s"']{3,})`, 'gi'),
  // mysql -pSecret, mysqldump -pSecret
  /((?:^|[\s/])(?:mysql|mysqldump|mysqladmin|mariadb)\b[^|;&]*?\s-p)([^\s'"-][^\s'"]*)/gi,
  // Authorization: Bearer x, Basic x
  /(\b(?:bearer|basic)\s+)(?!\[redacted:)([A-Za-z0-9._~+/=-]{8,})/gi,
  // scheme://user:secret@host
  /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)([^\s/@]+)(?=@)/gi,
];

/** Token formats that are secret whatever stands before them. */
const tokens: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{20,}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,}\b/g,
  /\bglpat-[A-Za-z0-9_-]{20,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bsk_live_[A-Za-z0-9]{16,}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];

export function createRedactor(key: string): Redactor {
  const hidden = (secret: string): string =>
    `[redacted:${createHmac('sha256', key).update(secret).digest('hex').slice(0, 8)}]`;
  const text = (input: string): string => {
    if (input.length < 4) return input;
    let output = input;
    for (const token of tokens) output = output.replace(token, hidden);
    for (const pattern of patterns)
      output = output.replace(pattern, (_, before: string, secret: string) => before + hidden(secret));
    return output;
  };
  return {
    text,
    args: (args) =>
      args.map((arg, index) => {
        const flag = args[index - 1];
        const isValue = flag !== undefined && secretFlag.test(flag) && !arg.startsWith('-') && arg.length >= 3;
        return isValue ? hidden(arg) : text(arg);
      }),
  };
}

import { createHmac } from 'node:crypto';

/**
 * Takes secrets out of text before it reaches the log. A secret is replaced by `[redacted:<8 hex>]`, a keyed hash: equal secrets stay equal,
 * so that learning still works, and nobody without the key can guess them. Only the values of names, flags and headers that are called
 * secret, and tokens of known formats; nothing for looking like base64: rules must still see what was run. Text comes from attackers and
 * is long: every pattern is bounded, so that time grows with the length only.
 */
export interface Redactor {
  text(text: string): string;
  /** Arguments; a value may stand in the argument behind its flag. */
  args(args: readonly string[]): readonly string[];
  /** A value that has a name: a label, an attribute. */
  named(name: string, value: string): string;
}

/** Names of secrets, not of what only speaks of them: `DB_PASSWORD`, `--api-key`, `GITHUB_TOKEN_2`, not `--token-file`, `--author`. */
const secretWord =
  '(?:passw(?:or)?d|passphrase|(?<=[_.-])pwd|secret|token|credential|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key)s?';
const secretName = `(?:[a-z0-9_.-]{0,64}${secretWord}(?:_?[0-9]{1,3}|_(?:prod|dev|test|staging))?|(?:[a-z0-9_.-]{0,64}[_.-])?auth)`;
/** What ends a word for a shell; and `$` or a backtick begins a reference, which is a thing to see and no secret. */
const value = '(?!\\[redacted:|[$`])[^\\s"\'&;,|<>(){}`]{3,4096}';
const secretFlag = new RegExp(`^--?${secretName}$`, 'i');
const wholeName = new RegExp(`^${secretName}$`, 'i');

/** Each captures what stays in front of the secret, and the secret. */
const patterns: readonly RegExp[] = [
  // --password=x, TOKEN=x, "password": "x", X-Api-Key: x
  new RegExp(
    `((?:^|[\\s"'&?;,{(])-{0,2}${secretName}["']?\\s{0,2}[=:]\\s{0,2}["']?)(?!bearer\\s|basic\\s)(${value})`,
    'gi',
  ),
  // --password x
  new RegExp(`((?:^|\\s)--?${secretName}\\s{1,8}["']?)(?!-)(${value})`, 'gi'),
  // mysql -pSecret
  new RegExp(
    `((?:^|[\\s/'"])(?:mysql|mysqldump|mysqladmin|mariadb)\\s(?:[^|;&\\n]{0,200}?\\s)?-p)(?!-)(${value})`,
    'gi',
  ),
  // Authorization: Bearer x, Basic x
  /(\b(?:bearer|basic)\s{1,8})(?!\[redacted:)([A-Za-z0-9._~+/=-]{8,4096})/gi,
  // scheme://user:secret@host
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@]{0,200}:)(?!\[redacted:)([^\s/@]{1,200})(?=@)/gi,
];

/** Token formats that are secret whatever stands before them. */
const tokens: readonly RegExp[] = [
  /\bgh[pousr]_[A-Za-z0-9]{20,255}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{20,255}\b/g,
  /\bglpat-[A-Za-z0-9_-]{20,255}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,255}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bsk_live_[A-Za-z0-9]{16,255}\b/g,
  /\bdop_v1_[a-f0-9]{64}\b/g,
  /\bnpm_[A-Za-z0-9]{36}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,1000}\.eyJ[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]{0,1000}/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]{0,16000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g,
];

/** Programs whose short flags carry a secret: in the same argument, or as the next one. */
const shortFlags: readonly { readonly programs: ReadonlySet<string>; readonly flag: string; readonly next: boolean }[] =
  [
    { programs: new Set(['mysql', 'mysqldump', 'mysqladmin', 'mariadb', 'mariadb-dump']), flag: '-p', next: false },
    { programs: new Set(['sshpass']), flag: '-p', next: true },
    { programs: new Set(['redis-cli']), flag: '-a', next: true },
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
    args: (args) => {
      const short = shortFlags.filter(({ programs }) => programs.has(baseName(args[0] ?? '')));
      return args.map((arg, index) => {
        const before = args[index - 1] ?? '';
        const glued = short.find(({ flag }) => arg.startsWith(flag) && isWord(arg.slice(flag.length)));
        if (index > 0 && glued !== undefined) return glued.flag + hidden(arg.slice(glued.flag.length));
        const isFlagged = secretFlag.test(before) || short.some(({ flag, next }) => next && before === flag);
        return isFlagged && isWord(arg) ? hidden(arg) : text(arg);
      });
    },
    named: (name, given) => (wholeName.test(name) && isWord(given) ? hidden(given) : text(given)),
  };
}

/** A value and no script: what has spaces or is a flag itself stays to be seen. */
const isWord = (arg: string): boolean => arg.length >= 3 && !/^(?:-|\[redacted:)|\s/.test(arg);

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

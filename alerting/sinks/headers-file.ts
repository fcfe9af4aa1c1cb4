import { exitCode, UserError } from '../../shared/errors.ts';
import { readSinkFile } from './read-file.ts';

/**
 * Headers of our own for every request, with what may be a secret: one `Name: value` a line, names in lower case in the result.
 * @throws UserError
 */
export function readHeaders(path: string): Record<string, string> {
  const lines = readSinkFile(path, 'headersFile').split(/\r?\n/);
  const headers: Record<string, string> = {};
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const parts = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(line);
    const [, name, value] = parts ?? [];
    if (name === undefined || value === undefined) throw badHeader(path, i + 1);
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

const badHeader = (path: string, line: number): UserError =>
  new UserError(`${path}:${line}: not a header`, { fix: 'write one `Name: value` a line', code: exitCode.config });

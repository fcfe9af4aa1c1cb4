import { isAbsolute, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface SarifRule {
  readonly id: string;
  readonly about: string;
}

export interface SarifProblem {
  readonly check: string;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** From 1, as columns, which count UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface SarifOptions {
  readonly version: string;
  /** What paths are relative to, and what a viewer is to take for the root of the sources. */
  readonly directory: string;
  readonly rules: readonly SarifRule[];
}

/** Problems in files as a log of SARIF 2.1.0 (OASIS, 27 March 2020), for code scanning. */
export function sarifOf(problems: readonly SarifProblem[], { version, directory, rules }: SarifOptions): object {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'moorwatch rules lint',
            version,
            rules: rules.map(({ id, about }) => ({ id, shortDescription: { text: about } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { uri: `${pathToFileURL(directory).href}/` } },
        results: problems.map(({ check, severity, message, file, line, column }) => ({
          ruleId: check,
          ruleIndex: indexes.get(check) ?? -1,
          level: severity,
          message: { text: message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: locationOf(file, directory),
                region: { startLine: line, startColumn: column },
              },
            },
          ],
        })),
      },
    ],
  };
}

/** Relative where the file lies below the directory: a viewer elsewhere has the same sources at another place. */
function locationOf(file: string, directory: string): { readonly uri: string; readonly uriBaseId?: string } {
  const path = relative(directory, resolve(directory, file));
  if (path.startsWith('..') || isAbsolute(path)) return { uri: pathToFileURL(resolve(directory, file)).href };
  return { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' };
}

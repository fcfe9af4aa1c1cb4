import type { RuleProblem } from './rule.ts';
import type { RuleFile } from './watch-files.ts';

/** One text that a rule file had, read. `D`: a document, whatever the language makes of it. */
export interface Version<D> {
  readonly digest: string;
  /** Milliseconds since the epoch. */
  readonly readAt: number;
  readonly documents: readonly D[];
  readonly problems: readonly RuleProblem[];
}

/** What is known of one rule file. */
export interface FileVersions<D> {
  readonly file: RuleFile;
  /** As it lies on the disk, as far as it could be read. */
  readonly latest: Version<D>;
  /** The one whose documents are used. */
  readonly inUse: Version<D>;
  /** Why what lies on the disk could not be read; `out of sight`: the place that it lies in could not. */
  readonly unreadable?: string;
}

/** Root was given up after the start, so this is the commonest reason. */
export const cannotBeRead = (reason: string): string =>
  `cannot be read: ${reason}${reason.startsWith('EACCES') ? '; let the user that the analyzer runs as read it' : ''}`;

export const outOfSight = 'out of sight';

/** A file whose rules are those of an older text. */
export interface KeptFile {
  readonly file: string;
  /** Documents of the file that are in use. */
  readonly rules: number;
  /** When the text in use was read, milliseconds since the epoch. */
  readonly since: number;
}

/** The version to try: the latest, unless it is broken and the file had rules before. */
export function versionToTry<D>(latest: Version<D>, before: Version<D> | undefined): Version<D> {
  const broken = latest.problems.some(({ severity }) => severity === 'error');
  return broken && before !== undefined && before.documents.length > 0 ? before : latest;
}

/** What is out of sight may be as it was: its place is told of, not each file. */
const isKept = <D>({ latest, inUse, unreadable }: FileVersions<D>): boolean =>
  (inUse !== latest || unreadable !== undefined) && unreadable !== outOfSight && inUse.documents.length > 0;

export const keptFiles = <D>(all: readonly FileVersions<D>[]): readonly KeptFile[] =>
  all
    .filter(isKept)
    .map(({ file, inUse }) => ({ file: file.path, rules: inUse.documents.length, since: inUse.readAt }));

/** What is wrong with the latest text of a file, and that an older one is used in its place. */
export function problemsOf<D>(one: FileVersions<D>): readonly RuleProblem[] {
  const { file, latest, inUse, unreadable } = one;
  const at = { file: file.path, line: 1, column: 1 };
  const kept = isKept(one) ? `its rules stay in use as they were read at ${new Date(inUse.readAt).toISOString()}` : '';
  // The problem of the place is told once, for all that lies there.
  if (unreadable === outOfSight) return [];
  if (unreadable !== undefined) {
    const message = `${cannotBeRead(unreadable)}${kept === '' ? '' : `; ${kept}`}`;
    return [{ severity: 'error', ...at, message }];
  }
  return [...latest.problems, ...(kept === '' ? [] : [{ severity: 'warning' as const, ...at, message: kept }])];
}

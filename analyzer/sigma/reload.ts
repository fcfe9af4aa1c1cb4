import { readFile } from 'node:fs/promises';
import { messageOf } from '../../shared/errors.ts';
import { contentHash } from '../../shared/hash.ts';
import type { Placeholders } from './language/placeholders.ts';
import { createPlaceholdersReader, type GivenPlaceholders } from './load-placeholders.ts';
import type { RuleProblem, RuleSet } from './rule.ts';
import {
  cannotBeRead,
  type FileVersions,
  type KeptFile,
  keptFiles,
  outOfSight,
  problemsOf,
  type Version,
  versionToTry,
} from './versions.ts';
import { type FoundRules, findRuleFiles, type RuleFile } from './watch-files.ts';

/** How texts become rules. */
export interface RuleLanguage<D> {
  /** Never throws. */
  parse(
    text: string,
    file: RuleFile,
    placeholders: Placeholders,
  ): { readonly documents: readonly D[]; readonly problems: readonly RuleProblem[] };
  /** Reads a file of placeholders; never throws. */
  placeholders(
    text: string,
    file: string,
  ): { readonly values: Placeholders; readonly problems: readonly RuleProblem[] };
  /** The problems found so far are the first of the set's. */
  compile(documents: readonly D[], found: readonly RuleProblem[]): RuleSet | Promise<RuleSet>;
}

/** A rule set, and the files that it has in an older version. */
export interface LoadedRules {
  readonly set: RuleSet;
  readonly kept: readonly KeptFile[];
}

export interface LoaderOptions<D> {
  /** Files and directories, those whose rules come first in front. */
  readonly paths: readonly string[];
  /** File with the values of placeholders; a change of it reads all rules anew. */
  readonly placeholders?: string | undefined;
  readonly language: RuleLanguage<D>;
  readonly clock: () => number;
}

/** Loads the rules of files, again and again: reads what changed, and lets no broken file take away rules that it had. */
export interface RuleLoader {
  find(): Promise<FoundRules>;
  /** @throws only what `compile` throws; then everything is as it was */
  load(found: FoundRules): Promise<LoadedRules>;
}

/**
 * By file: a text with errors, or one that cannot be read, leaves the rules of the text before it in use, and a problem says so. A file that is gone
 * takes its rules along, unless the directory that it was in cannot be looked at. What was kept is known in memory alone.
 */
export function createRuleLoader<D>({ paths, placeholders, language, clock }: LoaderOptions<D>): RuleLoader {
  let known: ReadonlyMap<string, FileVersions<D>> = new Map();
  /** What placeholders the known versions were read with. */
  let readWith = '';
  const readPlaceholders = createPlaceholdersReader(language.placeholders, clock);

  const read = async (file: RuleFile, given: GivenPlaceholders): Promise<FileVersions<D>> => {
    const before = known.get(file.path);
    const isSame = before?.file.stamp === file.stamp && before.unreadable === undefined;
    if (isSame && readWith === given.digest) return { ...before, file };
    try {
      const latest = versionOf(await readFile(file.path, 'utf8'), file, { before, given });
      return { file, latest, inUse: before?.inUse ?? latest };
    } catch (error) {
      const version = before ?? { latest: nothing, inUse: nothing };
      return { ...version, file, unreadable: messageOf(error) };
    }
  };
  const versionOf = (
    text: string,
    file: RuleFile,
    { before, given }: { readonly before: FileVersions<D> | undefined; readonly given: GivenPlaceholders },
  ): Version<D> => {
    const digest = contentHash([text, given.digest]);
    if (before?.latest.digest === digest) return before.latest;
    const parsed = language.parse(text, file, given.values);
    // Who truncates a file is about to write it; who wants to be rid of its rules removes it.
    const message = 'is empty; remove the file if its rules are not wanted any more';
    const emptied: readonly RuleProblem[] =
      text.trim() === '' && (before?.inUse.documents.length ?? 0) > 0
        ? [{ severity: 'error', file: file.path, line: 1, column: 1, message }]
        : [];
    return { digest, readAt: clock(), ...parsed, problems: [...parsed.problems, ...emptied] };
  };
  /** What lies where nobody can look is as it was. */
  const hiddenBy = ({ files, unreadable }: FoundRules): readonly FileVersions<D>[] => {
    const found = new Set(files.map(({ path }) => path));
    return [...known.values()]
      .filter(({ file }) => !found.has(file.path) && unreadable.some(({ path }) => liesAt(file.path, path)))
      .map((one) => ({ ...one, unreadable: outOfSight }));
  };
  return {
    find: () => findRuleFiles(paths, placeholders),
    async load(found) {
      const given = await readPlaceholders(found.placeholders);
      const seen: FileVersions<D>[] = [];
      for (const file of found.files) seen.push(await read(file, given));
      const before = known;
      const hidden = hiddenBy(found);
      const all = [...seen, ...hidden]
        .sort((a, b) => paths.indexOf(a.file.origin) - paths.indexOf(b.file.origin))
        .map((one) => ({ ...one, inUse: versionToTry(one.latest, before.get(one.file.path)?.inUse) }));
      const unread = [...found.unreadable.map((place) => unreadableProblem(place, hidden)), ...given.problems];
      const settled = await settle({ all, before, unread, compile: language.compile });
      known = new Map(settled.all.map((one) => [one.file.path, one]));
      readWith = given.digest;
      return { set: settled.set, kept: keptFiles(settled.all) };
    },
  };
}

const nothing = { digest: '', readAt: 0, documents: [], problems: [] };

const liesAt = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);

function unreadableProblem<D>(
  { path, reason }: FoundRules['unreadable'][number],
  hidden: readonly FileVersions<D>[],
): RuleProblem {
  const kept = hidden.filter(({ file }) => liesAt(file.path, path)).flatMap(({ inUse }) => inUse.documents).length;
  const message = `${cannotBeRead(reason)}${kept === 0 ? '' : `; the ${kept} rules that were found there stay in use`}`;
  return { severity: 'error', file: path, line: 1, column: 1, message };
}

interface Trial<D> {
  readonly all: readonly FileVersions<D>[];
  readonly before: ReadonlyMap<string, FileVersions<D>>;
  readonly unread: readonly RuleProblem[];
  readonly compile: RuleLanguage<D>['compile'];
}

/**
 * Some errors show only when all rules are put together (an id that is taken, a reference to a rule that is not there). Files that have
 * them go back to what they had; if that makes others wrong, all files that changed do.
 */
async function settle<D>({ all, before, unread, compile }: Trial<D>): Promise<{
  readonly set: RuleSet;
  readonly all: readonly FileVersions<D>[];
}> {
  const back = (one: FileVersions<D>): FileVersions<D> => {
    const old = before.get(one.file.path)?.inUse;
    return old === undefined || old.documents.length === 0 ? one : { ...one, inUse: old };
  };
  let current = all;
  const refused: RuleProblem[] = [];
  for (let pass = 0; ; pass += 1) {
    const found = [...unread, ...current.flatMap(problemsOf), ...refused];
    const set = await compile(
      current.flatMap(({ inUse }) => inUse.documents),
      found,
    );
    const errors = set.problems.filter(({ severity }) => severity === 'error');
    const wrong = new Set(errors.map(({ file }) => file));
    const changed = current.filter((one) => back(one).inUse !== one.inUse);
    const culprits = new Set(changed.filter(({ file }) => wrong.has(file.path)).map(({ file }) => file.path));
    if (culprits.size === 0) return { set, all: current };
    refused.push(...errors.filter(({ file }) => culprits.has(file)));
    current = current.map((one) => (pass > 0 || culprits.has(one.file.path) ? back(one) : one));
  }
}

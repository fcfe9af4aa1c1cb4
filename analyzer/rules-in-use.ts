import { messageOf } from '../shared/errors.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { cappedText } from './capped.ts';
import type { LoadedRules } from './sigma/reload.ts';
import type { RuleDocument, RuleProblem, RuleSet } from './sigma/rule.ts';
import type { KeptFile } from './sigma/versions.ts';

/** What a status has room for: rejected rules and kept files that it names, and UTF-16 units of each one's file and message. */
const statusRoom = { rules: 100, kept: 20, text: 200 };

/** The rules that this process judges by, and everything it says of them. */
export interface RulesInUse {
  /** Changes as a whole, and never while somebody works with it. */
  set(): RuleSet;
  /** Takes what was loaded anew; says whether other rules are in use now. What was told before is not told again. */
  take(loaded: LoadedRules): boolean;
  failed(error: unknown): void;
  /** What the status topic says of the rules. */
  status(): object;
}

export function createRulesInUse(options: {
  readonly first: LoadedRules;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
}): RulesInUse {
  const { first, telemetry, clock } = options;
  let { set } = first;
  let latest = first;
  let told = { loadedAt: clock(), reloads: 0, failures: 0 };

  tellRejected(telemetry, first, undefined);
  const { rules, hash } = set;
  const rejected = rejectedRules(first).length;
  telemetry.happened({ name: 'rulesLoaded', rules: rules.length, rejected, hash });
  telemetry.gauge('rules_loaded', 'Rules in use.', () => [{ value: set.rules.length }]);
  telemetry.gauge('rules_refused', 'Rule documents refused now.', () => [{ value: rejectedRules(latest).length }]);
  telemetry.gauge('rule_files_outdated', 'Rule files used in an older version.', () => [{ value: latest.kept.length }]);
  telemetry.gauge('rules_loaded_seconds', 'When the rules in use were loaded, seconds since the epoch.', () => [
    { value: told.loadedAt / 1_000 },
  ]);

  return {
    set: () => set,
    take(loaded) {
      const before = set;
      tellRejected(telemetry, loaded, latest);
      latest = loaded;
      if (sameRules(before, loaded.set)) return false;
      ({ set } = loaded);
      told = { ...told, loadedAt: clock(), reloads: told.reloads + 1 };
      telemetry.happened({
        name: 'rulesReloaded',
        ...difference(before, set),
        rules: set.rules.length,
        rejected: rejectedRules(loaded).length,
        hash: set.hash,
      });
      return true;
    },
    failed(error) {
      told = { ...told, failures: told.failures + 1 };
      telemetry.happened({ name: 'rulesReloadFailed', reason: messageOf(error) });
    },
    status: () => ({ loaded: set.rules.length, ...statusOf(latest), ...told }),
  };
}

const rejectedRules = ({ set: { problems } }: LoadedRules): readonly RuleProblem[] =>
  problems.filter(({ severity }) => severity === 'error');

/** Where each rule that is not in use stands and why, and which files are used in an older version. */
function tellRejected(telemetry: Telemetry, now: LoadedRules, before: LoadedRules | undefined): void {
  const known = new Set(before && rejectedRules(before).map(keyOf));
  for (const problem of rejectedRules(now)) {
    const { file, line, column, message } = problem;
    if (known.has(keyOf(problem))) continue;
    telemetry.happened({ name: 'ruleRejected', place: `${file}:${line}:${column}`, reason: message });
  }
  const keptBefore = new Set(before?.kept.map(({ file }) => file));
  for (const { file, rules, since } of now.kept)
    if (!keptBefore.has(file)) telemetry.happened({ name: 'ruleFileKept', file, rules, since });
}

const keyOf = ({ file, line, column, message }: RuleProblem): string => JSON.stringify([file, line, column, message]);

const documentsOf = ({ rules, correlations, filters }: RuleSet): readonly RuleDocument[] => [
  ...rules,
  ...correlations.map(({ correlation }) => correlation),
  ...filters,
];

/** The same rules in the same files; a rule that moved to another file says so in what it finds. */
function sameRules(a: RuleSet, b: RuleSet): boolean {
  const places = (set: RuleSet): string => JSON.stringify(documentsOf(set).map(({ id, file }) => [id, file]));
  return a.hash === b.hash && places(a) === places(b);
}

function difference(before: RuleSet, now: RuleSet): { added: number; removed: number; changed: number } {
  const hashes = (set: RuleSet): ReadonlyMap<string, string> =>
    new Map(documentsOf(set).map(({ id, hash }) => [id, hash]));
  const [old, fresh] = [hashes(before), hashes(now)];
  return {
    added: [...fresh.keys()].filter((id) => !old.has(id)).length,
    removed: [...old.keys()].filter((id) => !fresh.has(id)).length,
    changed: [...fresh].filter(([id, hash]) => old.has(id) && old.get(id) !== hash).length,
  };
}

function statusOf(loaded: LoadedRules): object {
  const rejected = rejectedRules(loaded);
  const named = rejected.slice(0, statusRoom.rules).map((problem) => ({
    ...problem,
    file: cappedText(problem.file, statusRoom.text),
    message: cappedText(problem.message, statusRoom.text),
  }));
  const kept = loaded.kept
    .slice(0, statusRoom.kept)
    .map((one): KeptFile => ({ ...one, file: cappedText(one.file, statusRoom.text) }));
  return { rejected: named, rejectedCount: rejected.length, kept, keptCount: loaded.kept.length };
}

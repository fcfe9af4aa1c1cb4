import type { RunningAnalyzer, WatchRules } from '../../analyzer/main.ts';
import type { RuleSet } from '../../analyzer/sigma/rule.ts';
import type { Bus } from '../../shared/bus/port.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { UserError } from '../../shared/errors.ts';
import { packageVersion } from '../../shared/package-root.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { openRules } from '../rule-set.ts';

export interface StartOptions {
  readonly bus: Bus;
  readonly instance: string;
  readonly giveUp: (error: UserError) => void;
  /** Other rules are in use. */
  readonly reloaded?: (rules: RuleSet) => void;
}

export interface PreparedAnalyzer {
  start(options: StartOptions): Promise<RunningAnalyzer>;
}

/** Loads the analyzer's code and its rules; starts nothing yet. */
export async function prepareAnalyzer(parts: { config: Config; telemetry: Telemetry }): Promise<PreparedAnalyzer> {
  const { config, telemetry } = parts;
  const { runAnalyzer } = await import('../../analyzer/main.ts');
  const { wording } = await import('../../analyzer/sigma/wording.ts');
  const { watchRules } = await import('../../analyzer/sigma/watch.ts');
  const { prepareRules } = await import('../../analyzer/sigma/load-prepare.ts');
  const { set: rules, found, loader } = await openRules(config);
  await prepareRules(rules);
  const watch: WatchRules = (take) => watchRules({ loader, since: found, ...take });
  const watching = config.rules.watch ? { watchRules: watch } : {};
  return {
    start: (options) =>
      runAnalyzer({
        config,
        telemetry,
        clock: Date.now,
        rules,
        ...watching,
        wording,
        version: packageVersion(),
        ...options,
      }),
  };
}

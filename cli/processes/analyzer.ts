import type { RunningAnalyzer } from '../../analyzer/main.ts';
import type { Bus } from '../../shared/bus/port.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { UserError } from '../../shared/errors.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { loadConfiguredRules } from '../rule-set.ts';

export interface StartOptions {
  readonly bus: Bus;
  readonly instance: string;
  readonly giveUp: (error: UserError) => void;
}

export interface PreparedAnalyzer {
  start(options: StartOptions): Promise<RunningAnalyzer>;
}

/** Loads the analyzer's code and its rules; starts nothing yet. */
export async function prepareAnalyzer(parts: { config: Config; telemetry: Telemetry }): Promise<PreparedAnalyzer> {
  const { config, telemetry } = parts;
  const { runAnalyzer } = await import('../../analyzer/main.ts');
  const { wording } = await import('../../analyzer/sigma/wording.ts');
  const rules = await loadConfiguredRules(config);
  return {
    start: (options) => runAnalyzer({ config, telemetry, clock: Date.now, rules, wording, ...options }),
  };
}

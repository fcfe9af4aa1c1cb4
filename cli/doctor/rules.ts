import type { Config } from '../../shared/config/schema.ts';
import { loadConfiguredRules } from '../rule-set.ts';
import { type Finding, fail, ok, warn } from './check.ts';

/** Rules that are not what they should be, each with its place. */
export async function checkRules(config: Config): Promise<readonly Finding[]> {
  const { rules, problems } = await loadConfiguredRules(config);
  const told = problems.map(({ severity, file, line, column, message }) => {
    const text = `${file}:${line}:${column}: ${message}`;
    const fix = 'mend the file; `moorwatch rules test` tells when it is right';
    return severity === 'error' ? fail('rules', text, fix) : warn('rules', text, fix);
  });
  const loaded =
    rules.length > 0
      ? ok('rules', `${rules.length} loaded`)
      : fail('rules', 'none loaded: nothing would be found', 'install Moorwatch again: the shipped rules are missing');
  return [loaded, ...told];
}

import type { Config, SinkConfig } from '../../shared/config/schema.ts';
import { suggest } from '../../shared/config/suggest.ts';
import { exitCode, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';

/** The sink of that name in the configuration. @throws UserError (78) */
export function requireSink({ sinks }: Pick<Config, 'sinks'>, name: string): SinkConfig {
  const found = Object.hasOwn(sinks, name) ? sinks[name] : undefined;
  if (found !== undefined) return found;
  const names = Object.keys(sinks);
  const meant = suggest(name, names);
  const known = names.length === 0 ? 'it has no sinks' : `there are ${names.join(', ')}`;
  throw new UserError(`the configuration has no sink ${escapeControl(name, 80)}`, {
    fix: meant === undefined ? `${known}; --config names another configuration` : `did you mean ${meant}?`,
    code: exitCode.config,
  });
}

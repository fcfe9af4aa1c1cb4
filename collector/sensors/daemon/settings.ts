import { clip } from '../../../shared/clip.ts';
import type { ReloadFacts } from '../../../shared/facts/daemon.ts';
import type { EngineInfo } from '../../engine/inspect-types.ts';
import { insecureRegistries } from './info.ts';

/** Settings of the engine by the names that its `reload` event has for them (catalogue L18), in a form in which equal ones are equal texts. */
export type Settings = Readonly<Record<string, string>>;

/** They say nothing of what the engine permits. */
const harmless = /^(name|labels|max-.*|shutdown-timeout|default-shm-size|cluster-.*|network-diagnostic-port)$/;
const mostSettings = 100;
const longest = 200;

/** Of a `reload` event's attributes. */
export function settingsIn(attributes: Readonly<Record<string, string>>): Settings {
  const told = Object.entries(attributes).filter(([name]) => !harmless.test(name));
  return Object.fromEntries(told.slice(0, mostSettings).map(([name, value]) => [name, normalised(value)]));
}

/** Those of them that /info has, too: what held before the first reload. */
export const settingsOf = (info: EngineInfo): Settings => ({
  debug: String(info.Debug === true),
  'default-runtime': info.DefaultRuntime ?? '',
  'live-restore': String(info.LiveRestoreEnabled === true),
  'insecure-registries': listed(insecureRegistries(info)),
  'registry-mirrors': listed(info.RegistryConfig?.Mirrors ?? []),
  'authorization-plugins': listed(info.Plugins?.Authorization ?? []),
});

/** DMN-06: settings of which both are known and that differ. */
export function reloadFacts(before: Settings, now: Settings): ReloadFacts {
  const diff = Object.keys(now)
    .filter((name) => Object.hasOwn(before, name) && before[name] !== now[name])
    .sort();
  if (diff.length === 0) return {};
  const text = diff.map((name) => `${name} ${shown(before[name])} → ${shown(now[name])}`).join(', ');
  return { diff, text };
}

const shown = (value: string | undefined): string => (value ? clip(value, longest) : 'none');

/** Lists come as JSON, or as words between blanks in the order of a map, which is another every time. */
function normalised(value: string): string {
  try {
    const parsed: unknown = JSON.parse(value);
    if (Array.isArray(parsed)) return listed(parsed.map(String));
  } catch {
    // Not JSON: words.
  }
  return value.includes(' ') ? value.split(/\s+/).filter(Boolean).sort().join(' ') : value;
}

const listed = (values: readonly string[]): string =>
  values
    .filter((value) => !/^(127\.0\.0\.0\/8|::1\/128)$/.test(value))
    .map((value) => value.replace(/\/$/, ''))
    .sort()
    .join(' ');

import { messageOf } from '../errors.ts';
import { type ConfigKey, configKeys } from './keys.ts';
import { type Origin, type Problem, pathText, type Source, withValue } from './source.ts';
import { suggest } from './suggest.ts';

/** Variables with our prefix that are no settings: they say where the settings are. */
const notSettings = ['MOORWATCH_CONFIG'];

/**
 * MOORWATCH_SECTION_KEY → settings. Letter case and underscores do not matter: `engine.resyncMs` is MOORWATCH_ENGINE_RESYNCMS and
 * MOORWATCH_ENGINE_RESYNC_MS. With `_FILE` behind it the value is read from that file (Docker secrets), unless the name itself is a setting.
 */
export function environmentSource(
  settings: Readonly<Record<string, string>>,
  readFile: (path: string) => string,
): Source {
  const keys = configKeys().filter(({ inList }) => inList !== true);
  const origins = new Map<string, Origin>();
  const problems: Problem[] = [];
  let values: Record<string, unknown> = {};
  for (const [variable, text] of Object.entries(settings)) {
    if (notSettings.includes(variable)) continue;
    const origin: Origin = { kind: 'environment', variable };
    try {
      const { path, value } = settingOf({ variable, text }, keys, readFile);
      values = withValue(values, path, value);
      origins.set(pathText(path), origin);
    } catch (error) {
      problems.push({ origin, path: [], message: messageOf(error) });
    }
  }
  return { values, origins, problems };
}

function settingOf(
  { variable, text }: { variable: string; text: string },
  keys: readonly ConfigKey[],
  readFile: (path: string) => string,
): { path: readonly string[]; value: unknown } {
  const name = variable.slice('MOORWATCH_'.length);
  const direct = find(name, keys);
  if (direct !== undefined) return { path: direct.path, value: typed(text, direct.key) };
  const held = name.endsWith('_FILE') ? find(name.slice(0, -'_FILE'.length), keys) : undefined;
  if (held !== undefined) return { path: held.path, value: typed(readFile(text).trim(), held.key) };
  const known = keys.filter((key) => !key.path.includes('*')).map((key) => variableOf(key.path));
  const meant = suggest(variable, known);
  throw new Error(`unknown setting${meant === undefined ? '' : `; did you mean ${meant}?`}`);
}

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

function find(name: string, keys: readonly ConfigKey[]): { key: ConfigKey; path: readonly string[] } | undefined {
  for (const key of keys) {
    const star = key.path.indexOf('*');
    if (star < 0) {
      if (plain(key.path.join('')) === plain(name)) return { key, path: key.path };
      continue;
    }
    // MOORWATCH_SINKS_<NAME>_<KEY>: the name is what stands between, `_` in it means `-`.
    const before = `${key.path.slice(0, star).join('_')}_`.toUpperCase();
    const after = `_${key.path.slice(star + 1).join('_')}`;
    const ending = [after.toUpperCase(), snake(after)].find((form) => name.toUpperCase().endsWith(form));
    if (!name.toUpperCase().startsWith(before) || ending === undefined) continue;
    const called = name.slice(before.length, -ending.length).toLowerCase().replaceAll('_', '-');
    if (called !== '') return { key, path: key.path.map((part) => (part === '*' ? called : part)) };
  }
  return undefined;
}

const snake = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();

/** The variable that sets a path: `engine.resyncMs` → MOORWATCH_ENGINE_RESYNC_MS. */
export const variableOf = (path: readonly string[]): string =>
  `MOORWATCH_${path.map((part) => (part === '*' ? '<NAME>' : snake(part))).join('_')}`;

/** Text to the type of the setting; what does not fit stays text, so that the schema's own message tells it. */
function typed(text: string, key: ConfigKey): unknown {
  if (key.type.startsWith('list')) {
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  }
  if (key.type === 'number' || key.type === 'integer') {
    const number = Number(text);
    return text.trim() === '' || Number.isNaN(number) ? text : number;
  }
  if (key.type === 'boolean') {
    if (['true', '1', 'yes', 'on'].includes(text.toLowerCase())) return true;
    if (['false', '0', 'no', 'off'].includes(text.toLowerCase())) return false;
  }
  return text;
}

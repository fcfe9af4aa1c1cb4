import { stringify } from 'yaml';
import type { LoadedConfig } from './load.ts';
import { originOf } from './problems.ts';
import { isMapping, originText, pathText } from './source.ts';

/** A setting as it is in force: its value without secrets, and where it comes from. */
export interface EffectiveSetting {
  readonly path: string;
  readonly value: unknown;
  readonly origin: string;
}

export function effectiveSettings(loaded: LoadedConfig): readonly EffectiveSetting[] {
  return flatten(loaded.config, []).map(({ path, value }) => ({
    path: pathText(path),
    value: redacted(value),
    origin: originText(originOf(path, loaded.origins)),
  }));
}

/** The configuration in force as YAML, secrets left out, with the origin of each value behind it. */
export function configYaml(loaded: LoadedConfig): string {
  return section(loaded, loaded.config, []);
}

function section(loaded: LoadedConfig, values: object, path: readonly string[]): string {
  const indent = '  '.repeat(path.length);
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]: [string, unknown]) => {
      const here = [...path, name];
      if (isMapping(value) && Object.keys(value).length > 0)
        return `${indent}${name}:\n${section(loaded, value, here)}`;
      const text = stringify(redacted(value), { collectionStyle: 'flow', lineWidth: 0 }).trim();
      return `${indent}${name}: ${text} # ${originText(originOf(here, loaded.origins))}\n`;
    })
    .join('');
}

function flatten(values: object, path: readonly string[]): readonly { path: readonly string[]; value: unknown }[] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
    if (value === undefined) return [];
    const here = [...path, name];
    return isMapping(value) && Object.keys(value).length > 0 ? flatten(value, here) : [{ path: here, value }];
  });
}

/**
 * Secrets live in files, so only addresses can hold one: user and password, and for http addresses the path and query
 * (a webhook's address is often its password).
 */
export function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => redacted(item));
  if (typeof value !== 'string' || !/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) return value;
  const url = new URL(value);
  const login = url.username !== '' || url.password !== '';
  const secretPath = /^https?:$/.test(url.protocol) && (url.pathname.length > 1 || url.search !== '');
  if (!login && !secretPath) return value;
  return `${url.protocol}//${login ? '***@' : ''}${url.host}${secretPath ? '/***' : url.pathname}`;
}

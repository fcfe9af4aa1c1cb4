import { createHash } from 'node:crypto';

/** A value that can be part of an identity: JSON, with keys in any order. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** JSON with sorted keys and without undefined members: equal values give equal text. */
export function canonicalJson(value: Json | undefined): string {
  if (value === undefined) return 'null';
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonicalJson(item)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member as Json)}`);
  return `{${members.join(',')}}`;
}

/** 128 bits of SHA-256 over the canonical JSON of the parts, as 32 hex digits. The one way ids are made (design §4 Identity). */
export function deriveId(...parts: readonly (Json | undefined)[]): string {
  return createHash('sha256')
    .update(canonicalJson(parts.map((part) => part ?? null)))
    .digest('hex')
    .slice(0, 32);
}

/** SHA-256 of the canonical JSON as 64 hex digits: content hashes (configuration, rule, rule set). */
export function contentHash(value: Json): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

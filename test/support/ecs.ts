import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EcsFlat } from '@elastic/ecs';

/** A mapping of Elasticsearch, as far as it is looked at here. */
export interface Mapping {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Mapping>>;
  readonly [setting: string]: unknown;
}

/** A field of the Elastic Common Schema, as Elastic's own package tells it. */
interface EcsField {
  readonly type: string;
  readonly ignore_above?: number;
  readonly scaling_factor?: number;
  readonly normalize: readonly string[];
  readonly allowed_values?: readonly { readonly name: string; readonly expected_event_types?: readonly string[] }[];
}

export const ecsFields: ReadonlyMap<string, EcsField> = new Map(Object.entries<EcsField>(EcsFlat));

export interface IndexTemplate {
  readonly index_patterns: readonly string[];
  readonly template: { readonly mappings: Mapping };
}

export const templateFile = join(import.meta.dirname, '../../compose/elasticsearch-template.json');

/** The index template that is shipped. */
export const shippedTemplate = (): IndexTemplate => JSON.parse(readFileSync(templateFile, 'utf8')) as IndexTemplate;

/** The fields of a mapping that have values: path → mapping. */
export function leavesOf(mapping: Mapping, path = ''): ReadonlyMap<string, Mapping> {
  if (mapping.properties === undefined) return new Map([[path, mapping]]);
  const below = Object.entries(mapping.properties).flatMap(([name, child]) => [
    ...leavesOf(child, path === '' ? name : `${path}.${name}`),
  ]);
  return new Map(below);
}

/** The values of a document by their paths. */
export function valuesOf(document: object, path = ''): ReadonlyMap<string, unknown> {
  const below = Object.entries(document).flatMap(([name, value]: [string, unknown]): [string, unknown][] => {
    const here = path === '' ? name : `${path}.${name}`;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? [...valuesOf(value, here)] : [[here, value]];
  });
  return new Map(below);
}

/** A mapping of every field of ECS, strict, with ours as the shipped template has them: what OpenSearch can check of a document. */
export function strictEcsMapping(): Mapping {
  const fields = [...ecsFields].map(([path, field]) => [path, mappingOf(field)] as const);
  const own = [...leavesOf(shippedTemplate().template.mappings)].filter(([path]) => path.startsWith('moorwatch.'));
  const root: Draft = { dynamic: 'strict', properties: {} };
  for (const [path, mapping] of [...fields, ...own]) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    let at = root;
    for (const part of parts) {
      at.properties ??= {};
      at.properties[part] ??= {};
      at = at.properties[part];
    }
    at.properties ??= {};
    // An object of ECS and its fields are one.
    at.properties[last] = { ...mapping, ...at.properties[last] };
  }
  return root;
}

interface Draft {
  properties?: Record<string, Draft>;
  [setting: string]: unknown;
}

/** Types that OpenSearch calls otherwise or does not have. */
function mappingOf({ type, ignore_above, scaling_factor }: EcsField): Mapping {
  if (type === 'flattened') return { type: 'flat_object' };
  if (type === 'object' || type === 'nested') return { type: 'object', dynamic: true };
  if (type === 'scaled_float') return { type, scaling_factor: scaling_factor ?? 1_000 };
  if (type === 'constant_keyword') return { type: 'keyword' };
  return { type, ...(ignore_above !== undefined && { ignore_above }) };
}

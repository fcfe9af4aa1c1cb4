import { z } from 'zod';
import { configSchema } from './schema.ts';

/** One setting that has a value of its own (a leaf of the schema). Members of a named sink have `*` for the name. */
export interface ConfigKey {
  readonly path: readonly string[];
  readonly type: string;
  readonly options?: readonly string[];
  readonly default?: unknown;
  readonly description: string;
  /** It stands in a list of sections (`*` is its place there), so no variable can set it. */
  readonly inList?: true;
  /** The values of `type` beside it with which it can be there; undefined: whatever stands beside it. */
  readonly kinds?: readonly string[];
}

/** The part of JSON Schema that zod writes for our schema. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** The schema as JSON Schema 2020-12, for editors. */
export const configJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(configSchema, { io: 'input' }),
});

/** Every setting, in the order of the schema. */
export const configKeys = (): readonly ConfigKey[] => keysOf(configSchema);

/** Every setting of a schema, in its order. Names that are free and places in a list are `*`. */
export const keysOf = (schema: z.ZodType): readonly ConfigKey[] =>
  // zod writes exactly these members for the constructs that are used; a test compares the list with a parsed default.
  leaves(z.toJSONSchema(schema, { io: 'input' }) as Node, []);

function leaves(node: Node, path: readonly string[]): readonly ConfigKey[] {
  const variants = node.oneOf ?? node.anyOf;
  if (variants !== undefined) return mergeVariants(variants.map((variant) => ofKind(variant, leaves(variant, path))));
  if (node.properties !== undefined)
    return Object.entries(node.properties).flatMap(([name, child]) => leaves(child, [...path, name]));
  if (typeof node.additionalProperties === 'object') return leaves(node.additionalProperties, [...path, '*']);
  if (node.items?.properties !== undefined)
    return leaves(node.items, [...path, '*']).map((key) => ({ ...key, inList: true }));
  const options = node.enum ?? (node.const === undefined ? undefined : [node.const]);
  return [
    {
      path,
      type: node.type === 'array' ? `list of ${node.items?.type ?? 'string'}` : (node.type ?? 'string'),
      ...(options === undefined ? {} : { options }),
      ...(node.default === undefined ? {} : { default: node.default }),
      description: node.description ?? '',
    },
  ];
}

function ofKind(variant: Node, keys: readonly ConfigKey[]): readonly ConfigKey[] {
  const kind = variant.properties?.type?.const;
  return kind === undefined ? keys : keys.map((key) => ({ ...key, kinds: [kind] }));
}

/** The members of all variants of a union; the same member's options and kinds add up. */
function mergeVariants(variants: readonly (readonly ConfigKey[])[]): readonly ConfigKey[] {
  const merged = new Map<string, ConfigKey>();
  for (const key of variants.flat()) {
    const name = key.path.join('.');
    const known = merged.get(name);
    const options = [...new Set([...(known?.options ?? []), ...(key.options ?? [])])];
    const kinds = [...(known?.kinds ?? []), ...(key.kinds ?? [])];
    merged.set(name, { ...key, ...(options.length > 0 && { options }), ...(kinds.length > 0 && { kinds }) });
  }
  return [...merged.values()];
}

/** Names that a mapping at this path may have, if its `type` is that kind; undefined where names are free (sinks). */
export function namesAt(
  keys: readonly ConfigKey[],
  path: readonly string[],
  kind?: string,
): readonly string[] | undefined {
  const names = keys
    .filter(
      (key) => key.path.length > path.length && path.every((name, i) => key.path[i] === name || key.path[i] === '*'),
    )
    .filter(({ kinds }) => kind === undefined || kinds === undefined || kinds.includes(kind))
    .map((key) => key.path[path.length] ?? '');
  return names.includes('*') ? undefined : [...new Set(names)];
}

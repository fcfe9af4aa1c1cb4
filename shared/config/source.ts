/** Where a value of the configuration comes from. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'flag'; readonly flag: string };

/** Settings from one place, nested as in the schema, with an origin for every path (joined with `.`) that it sets. */
export interface Source {
  readonly values: Readonly<Record<string, unknown>>;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly problems: readonly Problem[];
}

/** Something wrong with the configuration; `origin` says where to mend it. */
export interface Problem {
  readonly origin: Origin;
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

/** `moorwatch.yml:3:5`, `environment MOORWATCH_BUS`, `--port`, `default`. */
export function originText(origin: Origin): string {
  switch (origin.kind) {
    case 'file':
      return `${origin.file}:${origin.line}:${origin.column}`;
    case 'environment':
      return `environment ${origin.variable}`;
    case 'flag':
      return origin.flag;
    case 'default':
      return 'default';
  }
}

/** A nested object with `value` at `path`, merged over `into`; nothing is changed in place. */
export function withValue(
  into: Readonly<Record<string, unknown>>,
  path: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const [name, ...rest] = path;
  if (name === undefined) return { ...into };
  const child = into[name];
  return { ...into, [name]: rest.length === 0 ? value : withValue(isMapping(child) ? child : {}, rest, value) };
}

/** `over` wins; mappings are merged member by member, lists and scalars replaced. */
export function mergeValues(
  under: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const known = under[name];
    merged[name] = isMapping(known) && isMapping(value) ? mergeValues(known, value) : value;
  }
  return merged;
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an expression needs, over atoms: facts that the scan of an event settles. */
export type Need =
  /** True only if this atom was seen. */
  | { readonly kind: 'atom'; readonly atom: number }
  /** Nothing that the scan settles is necessary for it. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Need[] };

export const unknown: Need = { kind: 'unknown' };

export interface Witness {
  /** If the rule is true of an event, at least one of these atoms was seen in it. */
  readonly atoms: readonly number[];
  /** Expected number of times that any of them is seen, per event. */
  readonly cost: number;
}

/**
 * The cheapest necessary condition: of all that must hold the one that is rarest, of alternatives every one. Undefined: the rule must always be
 * tried. `rate`: how often an atom is seen, per event.
 */
export function witnessOf(need: Need, rate: (atom: number) => number): Witness | undefined {
  if (need.kind === 'unknown') return undefined;
  if (need.kind === 'atom') return { atoms: [need.atom], cost: rate(need.atom) };
  const parts = need.of.map((part) => witnessOf(part, rate));
  if (need.kind === 'and') return cheapest(parts);
  const all: Witness[] = [];
  for (const part of parts) {
    if (part === undefined) return undefined;
    all.push(part);
  }
  return { atoms: [...new Set(all.flatMap(({ atoms }) => atoms))], cost: all.reduce((sum, { cost }) => sum + cost, 0) };
}

function cheapest(parts: readonly (Witness | undefined)[]): Witness | undefined {
  let best: Witness | undefined;
  for (const part of parts) if (part !== undefined && (best === undefined || part.cost < best.cost)) best = part;
  return best;
}

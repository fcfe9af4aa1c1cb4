import type { ObservationKind } from '../../shared/observation.ts';

/** What says of which kinds of observations it learns. */
interface OfKinds {
  readonly rule: { readonly kinds: readonly ObservationKind[] };
}

/** Of a list those that are meant and learn from a kind, in its order: nobody else need be asked. A list is sorted out once. */
export function byKind<One extends OfKinds>(
  isMeant: (one: One) => boolean = () => true,
): (all: readonly One[], kind: ObservationKind) => readonly One[] {
  const lists = new WeakMap<readonly One[], Map<ObservationKind, readonly One[]>>();
  return (all, kind) => {
    let kinds = lists.get(all);
    if (kinds === undefined) {
      kinds = new Map();
      lists.set(all, kinds);
    }
    let found = kinds.get(kind);
    if (found === undefined) {
      found = all.filter((one) => one.rule.kinds.includes(kind) && isMeant(one));
      kinds.set(kind, found);
    }
    return found;
  };
}

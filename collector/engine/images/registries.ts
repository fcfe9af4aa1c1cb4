/** Registries of the images that were there when the host was first watched, and those that came later. */
export interface RegistriesState {
  /** Registries of the images that were there when the host was first watched. */
  readonly first: readonly string[];
  readonly later: readonly string[];
}

/** Registries that a host had images of: those of the beginning, and those that came later (IMG-01). */
export interface Registries {
  /** The images of the host were listed once. */
  isStocked(): boolean;
  stock(found: readonly string[]): void;
  /** undefined: not known yet. true: it was met for the first time just now. */
  meet(registry: string): boolean | undefined;
  /** It was none of the beginning; undefined: not known yet. */
  isLater(registry: string): boolean | undefined;
  takeChanges(): RegistriesState | undefined;
}

/** More are not told apart from those of the beginning: nobody has so many. */
const mostRegistries = 500;

export function createRegistries(restored: RegistriesState | undefined): Registries {
  let first = restored === undefined ? undefined : new Set(restored.first);
  const later = new Set(restored?.later);
  let isChanged = false;
  return {
    isStocked: () => first !== undefined,
    stock: (found) => {
      first = new Set([...found].slice(0, mostRegistries));
      isChanged = true;
    },
    meet: (registry) => {
      if (first === undefined) return undefined;
      if (first.has(registry) || later.has(registry) || later.size >= mostRegistries) return false;
      later.add(registry);
      isChanged = true;
      return true;
    },
    isLater: (registry) => (first === undefined ? undefined : !first.has(registry)),
    takeChanges: () => {
      const taken = isChanged && first !== undefined ? { first: [...first], later: [...later] } : undefined;
      isChanged = false;
      return taken;
    },
  };
}

/** Reads what was written down. @throws TypeError */
export function registriesStateOf(value: unknown): RegistriesState {
  const { first, later } = (value ?? {}) as Partial<RegistriesState>;
  const isList = (list: unknown): list is readonly string[] =>
    Array.isArray(list) && list.every((one) => typeof one === 'string');
  if (!isList(first) || !isList(later)) throw new TypeError('registries are two lists of names');
  return { first, later };
}

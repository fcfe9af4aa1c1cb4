/** What is kept of one thing of a workload, a feature or a quantity by its name. */
interface Place {
  /** Its key. */
  readonly key: string;
  /** Keys of what belongs to it, by name. */
  readonly parts: Map<string, string>;
}

/** Keys of a table, made once: they are asked for many times with each observation. */
export interface Keys {
  of(host: string, workload: string, name: string): string;
  /** Of all names of a workload: to ask for many of one workload. */
  within(host: string, workload: string): (name: string) => string;
  /** Of one of many things that belong to that. */
  part(host: string, workload: string, name: string, part: string): string;
}

/** At most so many keys are remembered; when there are more, all are made anew. */
const mostKeys = 65_536;

/** Keys that are made of names in one way, and of names and parts in another. */
export function createKeys(
  keyOf: (host: string, workload: string, name: string) => string,
  partOf: (host: string, workload: string, name: string, part: string) => string = keyOf,
): Keys {
  const hosts = new Map<string, Map<string, Map<string, Place>>>();
  // An observation asks for many keys of one workload: whose names were asked for last is not looked up again.
  let last: { host: string; workload: string; names: Map<string, Place> } | undefined;
  let count = 0;
  const counted = (): void => {
    count += 1;
    if (count <= mostKeys) return;
    hosts.clear();
    last = undefined;
    count = 1;
  };
  const namesOf = (host: string, workload: string): Map<string, Place> | undefined => {
    if (last !== undefined && last.workload === workload && last.host === host) return last.names;
    const names = hosts.get(host)?.get(workload);
    if (names !== undefined) last = { host, workload, names };
    return names;
  };
  const made = (host: string, workload: string, name: string): Place => {
    counted();
    const place = { key: keyOf(host, workload, name), parts: new Map<string, string>() };
    const workloads = within(hosts, host, () => new Map<string, Map<string, Place>>());
    within(workloads, workload, () => new Map<string, Place>()).set(name, place);
    return place;
  };
  const placeOf = (host: string, workload: string, name: string): Place =>
    namesOf(host, workload)?.get(name) ?? made(host, workload, name);
  return {
    of: (host, workload, name) => placeOf(host, workload, name).key,
    within(host, workload) {
      const names = namesOf(host, workload);
      return (name) => (names?.get(name) ?? placeOf(host, workload, name)).key;
    },
    part(host, workload, name, part) {
      const { parts } = placeOf(host, workload, name);
      const known = parts.get(part);
      if (known !== undefined) return known;
      counted();
      const key = partOf(host, workload, name, part);
      parts.set(part, key);
      return key;
    },
  };
}

function within<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = make();
  map.set(key, value);
  return value;
}

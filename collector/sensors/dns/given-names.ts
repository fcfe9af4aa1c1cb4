import { dropOldest } from '../../newest.ts';
import { ipScope } from '../../procfs/ip-scope.ts';
import type { Withheld } from './forgers.ts';

/** Names by which the containers of a network namespace were told addresses, by the engine. */
export interface GivenNames {
  /** `namespace`: inode. How many addresses gave way to these. */
  give(namespace: number, given: Given, now: number): number;
  /** The name that an address was asked by last. `namespace`: inode. */
  of(namespace: number, ip: string, now: number): string | undefined;
  /** Somebody may answer there in another's name: what was given is forgotten, and nothing is taken for some minutes. */
  distrust(namespace: number, now: number): void;
  /** By whom names were withheld when it was judged last; undefined: it never was. */
  withheld(): Withheld | undefined;
  /** @param withheld makes it out when it is asked for */
  withhold(withheld: () => Withheld): void;
  /** Namespaces in which containers are, each with a key for its life; others are forgotten, but for those that began just now. */
  keep(living: ReadonlyMap<number, string>, now: number): void;
}

export interface Given {
  readonly name: string;
  readonly addresses: readonly { readonly ip: string; readonly ttl: number }[];
}

/** Programs hold an address for longer than its time to live. */
const leastMs = 3_600_000;
const longestMs = 12 * 3_600_000;
/** Of one namespace, and of all: the one that was given longest ago gives way, of the namespace itself or of the one that was given none for longest. */
const mostAddresses = 512;
const mostOfAll = 65_536;
const mostNamespaces = 4_096;
/** The engine tells of a container within so long after it began. */
const youngMs = 30_000;
/** So long what somebody forged may still be on its way. */
const distrustMs = 300_000;

/** A name of a host on the internet, with an owner: nothing escaped, nothing cut. */
const hostName = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

interface Known {
  readonly names: Map<string, { readonly name: string; readonly until: number }>;
  key?: string;
  last: number;
  distrustedUntil: number;
}

export function createGivenNames(): GivenNames {
  let withheld: (() => Withheld) | undefined;
  const namespaces = new Map<number, Known>();
  const known = (namespace: number, now: number): Known => {
    const found = namespaces.get(namespace) ?? {
      names: new Map(),
      last: now,
      distrustedUntil: Number.NEGATIVE_INFINITY,
    };
    namespaces.delete(namespace);
    namespaces.set(namespace, found);
    dropOldest(namespaces, mostNamespaces);
    return found;
  };
  const leastRecent = (): Known['names'] | undefined =>
    [...namespaces.values()].find((one) => one.names.size > 0)?.names;
  return {
    give: (namespace, { name, addresses }, now) => {
      if (!hostName.test(name)) return 0;
      const { names, distrustedUntil } = Object.assign(known(namespace, now), { last: now });
      if (now < distrustedUntil) return 0;
      let all = [...namespaces.values()].reduce((sum, one) => sum + one.names.size, 0);
      let gone = 0;
      // A public name may lead anywhere: what is near is never called by it.
      for (const { ip, ttl } of addresses.filter((one) => ipScope(one.ip) === 'public')) {
        if (!names.delete(ip)) all += 1;
        names.set(ip, { name, until: now + Math.min(Math.max(ttl * 1_000, leastMs), longestMs) });
        const full = names.size > mostAddresses ? names : all > mostOfAll ? leastRecent() : undefined;
        if (full === undefined) continue;
        dropOldest(full, full.size - 1);
        gone += 1;
        all -= 1;
      }
      return gone;
    },
    of: (namespace, ip, now) => {
      const found = namespaces.get(namespace)?.names.get(ip);
      return found !== undefined && now < found.until ? found.name : undefined;
    },
    distrust: (namespace, now) => {
      const found = known(namespace, now);
      found.names.clear();
      found.distrustedUntil = now + distrustMs;
    },
    withheld: () => withheld?.(),
    withhold: (of) => {
      withheld = of;
    },
    keep: (living, now) => {
      for (const [namespace, found] of namespaces) {
        const key = living.get(namespace);
        const isOther = key !== undefined && found.key !== undefined && found.key !== key;
        const isGone = key === undefined && (found.key !== undefined || now - found.last > youngMs);
        if (isGone) namespaces.delete(namespace);
        // Whoever is there now may have joined what somebody forged in: it stays distrusted.
        if (isOther) found.names.clear();
        if (key !== undefined) found.key = key;
      }
    },
  };
}

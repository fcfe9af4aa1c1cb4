/** So many names must be known both as they are and with the same ending, for the ending to be a search domain. */
const fewestNames = 3;
/** So many search domains are kept: as many as the C library has (resolv.conf(5), MAXDNSRCH of glibc before 2.26). */
export const mostDomains = 6;
/** A domain of one label is taken for one only where nobody else can have a name below it. */
const ownDomains = new Set([
  'corp',
  'home',
  'intern',
  'internal',
  'intranet',
  'lan',
  'local',
  'localdomain',
  'private',
]);

/**
 * Search domains that names make out: what a resolver asks for once as it is and once below each domain of its own list (resolv.conf(5), `search`)
 * is one name. The same whatever the order of the names.
 */
export function searchDomains(names: readonly string[]): readonly string[] {
  const all = new Set(names);
  const counts = new Map<string, number>();
  for (const name of all) {
    for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
      const domain = name.slice(dot + 1);
      if (all.has(name.slice(0, dot)) && isPossible(domain)) counts.set(domain, (counts.get(domain) ?? 0) + 1);
    }
  }
  return [...counts].flatMap(([domain, count]) => (count >= fewestNames ? [domain] : [])).sort();
}

const isPossible = (domain: string): boolean => domain.includes('.') || ownDomains.has(domain);

/** A name without the longest of such domains; undefined where it has none, or is one. */
export function withoutDomain(name: string, domains: readonly string[]): string | undefined {
  const found = domains
    .filter((domain) => name.endsWith(`.${domain}`))
    .toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return found[0] === undefined ? undefined : name.slice(0, -found[0].length - 1);
}

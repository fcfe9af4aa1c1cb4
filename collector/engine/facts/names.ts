/** Names that a person trusts when seeing them in a list: security, infrastructure and the engine's own. */
const protectedNames = [
  'watchtower',
  'portainer',
  'traefik',
  'falco',
  'tetragon',
  'tracee',
  'cadvisor',
  'node-exporter',
  'wazuh',
  'moorwatch',
  'containerd',
  'dockerd',
  'runc',
  'prometheus',
  'grafana',
  'neuvector',
  'sysdig',
  'crowdsec',
  'fail2ban',
  'vault',
  'registry',
  'buildkitd',
  'fluentd',
  'fluentbit',
  'filebeat',
];

/** Letters and digits of other shapes that read the same. */
const homoglyphs: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '5': 's',
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  і: 'i',
};

/**
 * EVA-05: the protected name that a container's name equals, or that one of its `-_.` tokens is within edit distance 1 of. Shorter tokens
 * than five letters must be equal: everything is near to them.
 */
export function resembledName(name: string): string | undefined {
  const whole = folded(name);
  const tokens = [whole, ...whole.split(/[-_.]/)];
  return protectedNames.find((known) =>
    tokens.some((token) => token === known || (token.length >= 5 && known.length >= 5 && withinOneEdit(token, known))),
  );
}

/** Names that are near to everyday words: `container`, `docker`, `trace`, `fault`. */
const nearToWords = new Set(['containerd', 'dockerd', 'buildkitd']);
const shortestNear = 7;

/**
 * EVA-05: the protected name that a container takes while its image has another. Stricter than `resembledName`: the whole name, or a token that nearly is a long
 * one, with a letter more or another; `within`: an exact token, too. That is ordinary for a new container (`grafana-db`), and not for a renamed one.
 */
export function impersonatedName(name: string, repository: string, { within = false } = {}): string | undefined {
  const tokens = name.toLowerCase().split(/[-_.]/);
  const known = protectedNames.find((one) => {
    if (folded(name) === one || (within && tokens.includes(one))) return true;
    const mayBeNear = one.length >= shortestNear && !nearToWords.has(one);
    return mayBeNear && tokens.some((token) => token !== one && isNearly(folded(token), one));
  });
  return known === undefined || carriesName(repository, known) ? undefined : known;
}

const isNearly = (token: string, known: string): boolean => token.length >= known.length && withinOneEdit(token, known);

/** Whether an image's repository has the name in it, however it is hyphenated. */
const carriesName = (repository: string, known: string): boolean => lettersOf(repository).includes(lettersOf(known));

const lettersOf = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

const folded = (name: string): string =>
  Array.from(name.toLowerCase(), (letter) => homoglyphs[letter] ?? letter).join('');

/** One insertion, deletion or replacement apart, or equal. */
function withinOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  return Math.max(a.length, b.length) - start - end <= 1;
}

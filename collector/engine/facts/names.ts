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

interface Address {
  readonly bits: 32 | 128;
  readonly number: bigint;
}

/** IPv4 in four decimal parts, IPv6 with or without `::` and with an IPv4 end; an IPv4 address mapped into IPv6 is IPv4. */
export function addressOf(text: string): Address | undefined {
  if (!text.includes(':')) {
    const number = fourParts(text);
    return number === undefined ? undefined : { bits: 32, number };
  }
  const groups = groupsOf(text.replace(/%[0-9a-zA-Z]+$/, ''));
  if (groups === undefined) return undefined;
  const number = groups.reduce((sum, group) => sum * 0x10000n + group, 0n);
  return number >> 32n === 0xffffn ? { bits: 32, number: number & 0xffffffffn } : { bits: 128, number };
}

function fourParts(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function groupsOf(text: string): readonly bigint[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [first, second] = halves.map(listed);
  if (first === undefined || (halves.length === 2 && second === undefined)) return undefined;
  if (second === undefined) return first.length === 8 ? first : undefined;
  const missing = 8 - first.length - second.length;
  return missing < 1 ? undefined : [...first, ...Array.from({ length: missing }, () => 0n), ...second];
}

function listed(half: string): readonly bigint[] | undefined {
  if (half === '') return [];
  const groups: bigint[] = [];
  for (const [index, part] of half.split(':').entries()) {
    const end = part.includes('.') && index === half.split(':').length - 1 ? fourParts(part) : undefined;
    if (end !== undefined) groups.push(end >> 16n, end & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

/** Whether the first bits of both are the same; what is no address is in no network. */
export function isInNetwork(text: string, network: string): boolean {
  const [ip = '', prefix] = network.split('/');
  const first = addressOf(ip);
  const address = addressOf(text);
  if (first === undefined) throw new Error(`${network} is no network`);
  if (address === undefined || address.bits !== first.bits) return false;
  const rest = BigInt(first.bits - (prefix === undefined ? first.bits : Number(prefix)));
  return address.number >> rest === first.number >> rest;
}

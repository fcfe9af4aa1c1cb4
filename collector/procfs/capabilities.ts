import { capabilityNames } from '../engine/facts/capabilities.ts';

/** Names of a set of capabilities as /proc/PID/status gives it; a bit that is newer than this list is `CAP_<number>`. */
export function capabilitiesOf(set: bigint): readonly string[] {
  const names: string[] = [];
  for (let bit = 0, rest = set; rest > 0n; bit += 1, rest >>= 1n)
    if ((rest & 1n) === 1n) names.push(`CAP_${capabilityNames[bit] ?? bit}`);
  return names;
}

/** The set that these names stand for; names that are none are left out. */
export function capabilitySet(names: readonly string[]): bigint {
  let set = 0n;
  for (const name of names) {
    const bit = capabilityNames.indexOf(name.replace(/^CAP_/, ''));
    if (bit >= 0) set |= 1n << BigInt(bit);
  }
  return set;
}

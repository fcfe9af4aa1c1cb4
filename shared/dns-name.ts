/** Labels at the end of a name that say whose it is. Public suffixes have two labels at times (`co.uk`). */
const fewest = 2;
/**
 * Of suffixes with two labels those below which everybody can have a name are many: there one more label says whose it is. Those that many countries have;
 * the Public Suffix List has thousands, and changes, while what is learned must stay the same.
 */
const shortSuffix =
  /^(?:ac|ad|co|com|ed|edu|firm|gc|gen|go|gob|gok|gouv|gov|gub|id|idv|in|info|ltd|me|mil|muni|ne|net|nhs|nom|or|org|plc|pp|sch|web)\.[a-z]{2}$/;

/** The labels of a name as it is written in DnsFacts: dots within a label are escaped. */
export const labelsOf = (name: string): readonly string[] => name.match(/(?:\\.|[^.\\])+/gu) ?? [name];

/** How many labels at its end say whose a name is; it may have fewer. */
export const ownersLabels = (labels: readonly string[]): number =>
  shortSuffix.test(labels.slice(-fewest).join('.')) ? fewest + 1 : fewest;

/** Names of addresses, which programs ask for whoever connects to them. */
export const isReverse = (name: string): boolean => /(?:^|\.)(?:in-addr|ip6)\.arpa$/.test(name);

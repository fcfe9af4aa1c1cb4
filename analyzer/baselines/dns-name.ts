import { isReverse, labelsOf, ownersLabels } from '../../shared/dns-name.ts';
import type { Item } from './feature.ts';
import type { Piece } from './fold-shape.ts';
import { escapeLiteral, generalise } from './generalise.ts';

/** A name that is asked for, as it is learned. */
export interface LearnedName {
  /** What else must be equal: `address` for whatever leads to an address, else the type that was asked for. */
  readonly family: string;
  readonly pieces: readonly Piece[];
  /** The labels that say whose it is; with one more, as far as there is one, where that is somebody who has a name below another's. */
  readonly domain: string;
  readonly owner: string;
}

/** Findings a day, once learning has ended: of one owner's names; of names below one domain, where each may be an owner's, or all of them a tunnel's; and of all. */
const most = { owner: 1, domain: 8, all: 50 };

/** How many findings a day names like it may bring. */
export const nameLimits = ({ owner, domain }: LearnedName): NonNullable<Item['limits']> => [
  { of: `owner ${owner}`, most: most.owner },
  { of: `domain ${domain}`, most: most.domain },
  { of: 'all', most: most.all },
];

/** Asked one after the other for one connection. */
const leadsToAddress = new Set(['A', 'AAAA', 'HTTPS', 'SVCB', 'CNAME']);

/**
 * What is learned of a name. undefined: nothing, because asking for it says nothing of whom the container talks to: a name of an address (`PTR`
 * below in-addr.arpa and ip6.arpa, which programs ask for whoever connects to them), the root, and names of the host itself.
 *
 * Left of the labels that say whose it is each label may vary, so that many names fold, counted. One is generalised only left of the next label as well:
 * where names are handed out below one suffix (`a1b2c3d4.ngrok.io`) that label is a stranger's, and one sighting must not make all of them known. A name of
 * one label, as neighbours have, stays as it is.
 */
export function dnsName(name: string, type: string): LearnedName | undefined {
  if (isReverse(name) || name === '.' || name === 'localhost' || name.endsWith('.localhost')) return undefined;
  const labels = labelsOf(name);
  // These never fold and are never generalised.
  const fixed = ownersLabels(labels);
  const ownerAt = labels.length - fixed - 1;
  const pieces = labels.flatMap((label, at): Piece[] => {
    const text = at < ownerAt ? generalise(label) : escapeLiteral(label);
    const dot = at === 0 ? [] : [{ text: '.' }];
    return [...dot, at <= ownerAt ? { text, free: true } : { text }];
  });
  const lastOf = (count: number): string => labels.slice(-count).join('.');
  return {
    family: leadsToAddress.has(type) ? 'address' : type,
    pieces,
    domain: lastOf(fixed),
    owner: lastOf(fixed + 1),
  };
}

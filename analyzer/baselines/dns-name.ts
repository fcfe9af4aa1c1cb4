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

/** Labels at the end that never fold and are never generalised: they say whose a name is. Public suffixes have two labels at times (`co.uk`). */
const fixedLabels = 2;
/**
 * Of suffixes with two labels those below which everybody can have a name are many: there one more label stays. Those that many countries have; the
 * Public Suffix List has thousands, and changes, while what is learned must stay the same.
 */
const shortSuffix =
  /^(?:ac|ad|co|com|ed|edu|firm|gc|gen|go|gob|gok|gouv|gov|gub|id|idv|in|info|ltd|me|mil|muni|ne|net|nhs|nom|or|org|plc|pp|sch|web)\.[a-z]{2}$/;

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
  const suffix = labels.slice(-fixedLabels).join('.');
  const fixed = shortSuffix.test(suffix) ? fixedLabels + 1 : fixedLabels;
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

const isReverse = (name: string): boolean => /(?:^|\.)(?:in-addr|ip6)\.arpa$/.test(name);

/** Dots within a label are escaped (DnsFacts). */
const labelsOf = (name: string): readonly string[] => name.match(/(?:\\.|[^.\\])+/gu) ?? [name];

import type { Piece } from './fold-shape.ts';
import { escapeLiteral, generalise } from './generalise.ts';

/** A name that is asked for, as it is learned. */
export interface LearnedName {
  /** What else must be equal: `address` for whatever leads to an address, else the type that was asked for. */
  readonly family: string;
  readonly pieces: readonly Piece[];
}

/** Labels at the end that never fold and are never generalised: they say whose a name is. Public suffixes have two labels at times (`co.uk`). */
const fixedLabels = 2;
/** Of suffixes with two labels those below which everybody can have a name are many: there one more label stays. */
const shortSuffix = /^(?:ac|co|com|edu|gov|mil|ne|net|or|org)\.[a-z]{2}$/;

/** Asked one after the other for one connection. */
const leadsToAddress = new Set(['A', 'AAAA', 'HTTPS', 'SVCB', 'CNAME']);

/**
 * What is learned of a name. undefined: nothing, because asking for it says nothing of whom the container talks to: a name of an address (`PTR`
 * below in-addr.arpa and ip6.arpa, which programs ask for whoever connects to them), the root, and names of the host itself.
 *
 * Left of the labels that say whose it is each label is generalised and may vary, so that names drawn at random fold. A name of one label, as
 * neighbours have, stays as it is.
 */
export function dnsName(name: string, type: string): LearnedName | undefined {
  if (isReverse(name) || name === '.' || name === 'localhost' || name.endsWith('.localhost')) return undefined;
  const labels = labelsOf(name);
  const suffix = labels.slice(-fixedLabels).join('.');
  const fixed = shortSuffix.test(suffix) ? fixedLabels + 1 : fixedLabels;
  const pieces = labels.flatMap((label, at): Piece[] => {
    const isFree = at < labels.length - fixed;
    const dot = at === 0 ? [] : [{ text: '.' }];
    return [...dot, isFree ? { text: generalise(label), free: true } : { text: escapeLiteral(label) }];
  });
  return { family: leadsToAddress.has(type) ? 'address' : type, pieces };
}

const isReverse = (name: string): boolean => /(?:^|\.)(?:in-addr|ip6)\.arpa$/.test(name);

/** Dots within a label are escaped (DnsFacts). */
const labelsOf = (name: string): readonly string[] => name.match(/(?:\\.|[^.\\])+/gu) ?? [name];

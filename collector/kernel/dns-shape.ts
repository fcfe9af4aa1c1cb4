import { labelsOf, ownersLabels } from '../../shared/dns-name.ts';
import type { DnsFacts } from '../../shared/facts/dns.ts';

type Shape = Required<Pick<DnsFacts['question'], 'domain' | 'length' | 'entropy'>>;

/** What of a name shows that it carries data: whose it is, how long, and how random what stands left of that. */
export function shapeOf(name: string): Shape {
  const labels = labelsOf(name);
  const owners = ownersLabels(labels);
  return {
    domain: labels.slice(-owners).join('.'),
    length: name.length,
    entropy: Math.round(100 * entropyOf(labels.slice(0, -owners).join(''))) / 100,
  };
}

/** Bits a character: H = −∑ p log₂ p of its characters (C. E. Shannon, "A mathematical theory of communication", 1948). 0 of an empty text. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts.values()].reduce((sum, count) => sum - (count / all) * Math.log2(count / all), 0);
}

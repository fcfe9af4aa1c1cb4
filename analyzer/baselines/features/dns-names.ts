import type { Observation } from '../../../shared/observation.ts';
import { dnsName, nameLimits } from '../dns-name.ts';
import type { Feature, Item } from '../feature.ts';
import { textOfPieces } from '../fold-shape.ts';
import { judgeNovelty } from '../novelty.ts';
import { mostDomains, searchDomains, withoutDomain } from '../search-domains.ts';

/** Names that the containers of a workload ask the DNS for: whom they mean to talk to, whatever address is behind it that day. */
export const dnsNames: Feature = {
  name: 'dns-names',
  rule: {
    id: '5b0e7a52-3c0d-4d58-9a36-0c4a7b6f1d93',
    title: 'Name asked for that was never asked for before',
    catalogue: ['NET-14'],
    severity: 'low',
    techniques: ['T1071.004'],
    tactics: ['command-and-control'],
    tier: 'kernel',
    kinds: ['dns'],
    misses: 'names over TLS, HTTPS or TCP, and connections without a name',
  },
  learns: (observation) => nameItem(observation) ?? [],
  endings: {
    of: (known) => searchDomains(known.filter(isAddress)),
    without: (observation, domains) => {
      const name = withoutDomain(observation.dns?.question.name ?? '', domains);
      return name === undefined ? undefined : nameItem(observation, name)?.[0];
    },
    most: mostDomains,
  },
  brings: () => true,
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} asked the DNS for ${item.text}, which it never did before`),
  digests: (count) => `${count} ${count === 1 ? 'name' : 'names'} asked for for the first time`,
};

/** Of another type than those that lead to an address the text says so. */
const isAddress = (text: string): boolean => !text.endsWith(')');

/** @param as what is meant by the name that is asked for */
function nameItem({ kind, dns, process }: Observation, as = dns?.question.name): readonly [Item] | undefined {
  if (kind !== 'dns' || dns === undefined || as === undefined) return undefined;
  const { name, type } = dns.question;
  const found = dnsName(as, type);
  if (found === undefined) return undefined;
  const pieces = [...found.pieces, ...(found.family === 'address' ? [] : [{ text: ` (${found.family})` }])];
  return [
    {
      key: JSON.stringify(pieces.map(({ text }) => text)),
      text: textOfPieces(pieces),
      fields: {
        'dns.question.name': name,
        'dns.question.type': type,
        'process.executable': process?.executable,
      },
      example: name,
      pieces,
      limits: nameLimits(found),
    },
  ];
}

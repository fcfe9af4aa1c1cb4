import { isIP } from 'node:net';
import type { UseDestination, WorkloadUse } from '../../shared/harden/use.ts';
import { keptText } from '../../shared/item-text.ts';
import { counted, isoTime, type Judging, observed, proposed, unobserved } from './judging.ts';
import type { AllowedDestination, EgressRules, Proposed } from './proposal.ts';

/** An allow-list of the addresses that it connected to: a firewall knows no names. */
export const egress = (judging: Judging): Proposed<EgressRules> =>
  observed(judging, ['connections'], () => {
    const { use, learned } = judging;
    const { configuration, network } = use;
    if (configuration !== undefined && configuration.networkMode !== 'private')
      return unobserved(
        `its network is \`${configuration.networkMode}\`: what it sends is not forwarded from an address of its own`,
      );
    if (network.leftOut > 0)
      return unobserved(
        `it has more destinations than are kept (${network.egress.length}): addresses do not describe it`,
      );
    const sources = sourcesOf(network.addresses);
    if (sources.length === 0) return unobserved('no address of its containers was seen: it had no connection at all');
    const sorted = network.egress.map((one) => ({ one, why: whyNot(one, learned) }));
    const allowed = sorted.filter(({ why }) => why === undefined).map(({ one }) => allowedOf(one));
    return proposed(
      {
        name: nameOf(use),
        sources,
        allowed,
        left: sorted.flatMap(({ one, why }) => (why === undefined ? [] : [`${shown(one)}: ${why}`])),
        asksNames: allowed.some(({ port }) => port === 53),
      },
      {
        evidence: `${counted(allowed.length, 'destination')} of ${network.egress.length} that it connected to`,
        confidence: learned?.steady === true ? 'medium' : 'low',
        doubts: [
          'addresses behind a name change: then a rule of today stops what works today',
          'addresses of containers change with a restart: give those named here fixed ones (ipv4_address)',
          `only what comes from ${sources.join(', ')} is filtered: add what else its containers have (of other networks, of IPv6, of replicas)`,
          ...(learned === undefined ? ['nothing is learned of where it connects to'] : []),
          ...(learned?.missing ?? []).map((text) => `where it connects to is still being learned: ${text}`),
          'a connection shorter than a sweep, and UDP that is sent without connecting, was not seen',
        ],
      },
    );
  });

/** Of those that run, else the last one. An address with a zone stays on its link, and rules cannot name it. */
function sourcesOf(addresses: WorkloadUse['network']['addresses']): readonly string[] {
  const valid = addresses.filter(({ ip }) => isIP(plainIp(ip)) !== 0 && !ip.includes('%'));
  const running = valid.filter((one) => one.running);
  return [...new Set((running.length > 0 ? running : valid.slice(-1)).map(({ ip }) => plainIp(ip)))];
}

/** An IPv4 address that a socket of IPv6 uses is one of IPv4 on the wire. */
const plainIp = (ip: string): string => ip.replace(/^::ffff:(?=\d+\.)/i, '');

function whyNot(one: UseDestination, learned: Judging['learned']): string | undefined {
  if (one.isHost) return 'the host’s own address: what goes there is not forwarded (hook input)';
  if (one.owner === 'exec') return 'only execs connected to it, or nobody that was seen while one ran';
  if (one.scope === 'multicast') return 'multicast';
  if (one.transport !== 'tcp' && one.transport !== 'udp') return `transport ${one.transport}`;
  // The zone of a link-local address is the container's own.
  if (isIP(plainIp(one.ip)) === 0 || one.ip.includes('%') || one.port < 1 || one.port > 65_535)
    return 'no address and port that rules can name';
  const names = [
    one.domain?.toLowerCase().replace(/\.$/, ''),
    one.container?.workload && `workload ${one.container.workload.name}`,
    one.ip,
  ];
  const texts = names.map((name) => keptText(`${name} port ${one.port}/${one.transport}`));
  if (texts.some((text) => isAmong(text, learned?.untrusted)))
    return 'told as new or held back, and nobody approved it';
  return learned?.known === undefined || texts.some((text) => isAmong(text, learned.known))
    ? undefined
    : 'the baseline had no room for it, so it may have been told as new';
}

/** As the baseline writes it, or as one of the names that it keeps as one: what varies left of whose name it is stands there as `<hex>` or `<*>`. */
function isAmong(text: string, kept: ReadonlySet<string> | undefined): boolean {
  if (kept === undefined) return false;
  return kept.has(text) || [...kept].some((one) => one.includes('<') && standsFor(one, text));
}

function standsFor(one: string, text: string): boolean {
  const labels = text.split('.');
  const parts = one.split('.');
  return labels.length === parts.length && parts.every((part, at) => isLike(part, labels[at] ?? ''));
}

/** Each fixed text is taken where it comes first: a container chooses both names, and trying all places takes hours with some. */
function isLike(part: string, label: string): boolean {
  const [first = '', ...fixed] = part.split(/<[a-z*]+>/);
  const last = fixed.pop();
  if (last === undefined) return part === label;
  if (!label.startsWith(first)) return false;
  let at = first.length;
  for (const text of fixed) {
    const found = label.indexOf(text, at + 1);
    if (found < 0) return false;
    at = found + text.length;
  }
  return label.endsWith(last) && label.length - last.length > at;
}

const shown = ({ ip, port, transport }: UseDestination): string => `${ip} port ${port}/${transport}`;

function allowedOf(one: UseDestination): AllowedDestination {
  const name = one.domain ?? (one.container && `container ${one.container.name}`) ?? 'no name known';
  const whose = one.owner === 'unknown' ? ', by a process that was not seen' : '';
  return {
    ip: plainIp(one.ip),
    port: one.port,
    transport: one.transport === 'udp' ? 'udp' : 'tcp',
    comment: `${name}, last ${isoTime(one.last)}${whose}`,
  };
}

/** Plain letters, short enough for the chain of iptables (28). */
function nameOf({ workload }: WorkloadUse): string {
  const plain = workload.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 11);
  return `mw_${plain || 'workload'}_${workload.id.replace(/[^a-z0-9]/gi, '').slice(0, 6)}`;
}

import { isIPv4 } from 'node:net';
import { escapeControl } from '../../shared/escape.ts';
import type { AllowedDestination, EgressRules, Proposal } from './proposal.ts';

/** Only what needs no quoting in either language. */
const plain = (text: string, max: number): string => text.replace(/[^A-Za-z0-9 .,:/@_-]/g, '?').slice(0, max);
const line = (text: string): string => `# ${escapeControl(text, 1_000)}`;

/** Why these rules are as they are, and what they do not do; for both. */
function preface(proposal: Proposal, { left }: EgressRules): readonly string[] {
  const doubts = proposal.egress.proposed ? [proposal.egress.evidence, ...proposal.egress.doubts] : [];
  return [
    `What ${proposal.workload.name} on ${proposal.host.name} may connect to, from what it connected to.`,
    ...proposal.warnings.map((text) => `Attention: ${text}`),
    ...doubts,
    'What it sends to addresses of the host itself passes the hook input and not these rules.',
    'Between containers of one bridge packets pass here only with net.bridge.bridge-nf-call-iptables=1, which Docker sets.',
    ...left.map((text) => `Not allowed: ${text}`),
  ].map(line);
}

const look_ups =
  'look-ups through the engine’s resolver may leave from the container’s own address; none was seen. If names fail, allow:';

/** With IPv6 containers of one bridge find each other by these, which pass here as what they send does (net.bridge.bridge-nf-call-ip6tables). */
const neighbours =
  '    icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept comment "neighbour discovery"';

/**
 * A table of its own for `nft -f`, loaded as a whole. It hooks in before the engine's chains; what it accepts goes on to them, what it rejects is
 * rejected whatever they say, as from the chain DOCKER-USER. It works with every backend of the engine's own rules.
 */
export function nftTable(proposal: Proposal, rules: EgressRules): string {
  const { name, sources, allowed, asksNames } = rules;
  const [four, six] = [sources.filter(isIPv4), sources.filter((ip) => !isIPv4(ip))];
  const set = (of: string, type: string, ips: readonly string[]): readonly string[] =>
    ips.length === 0 ? [] : [`  set ${of} {`, `    type ${type}`, `    elements = { ${ips.join(', ')} }`, '  }'];
  const rule = ({ ip, port, transport, comment }: AllowedDestination): string =>
    `    ${isIPv4(ip) ? 'ip' : 'ip6'} daddr ${ip} ${transport} dport ${port} accept comment "${plain(comment, 120)}"`;
  return [
    '#!/usr/sbin/nft -f',
    ...preface(proposal, rules),
    line(`undo: nft delete table inet ${name}`),
    `table inet ${name}`,
    `delete table inet ${name}`,
    `table inet ${name} {`,
    ...set('containers4', 'ipv4_addr', four),
    ...set('containers6', 'ipv6_addr', six),
    '  chain allowed {',
    '    ct state established,related accept',
    ...(six.length === 0 ? [] : [neighbours]),
    ...allowed.map(rule),
    ...(asksNames ? [] : [`    ${line(`${look_ups} udp dport 53 accept`)}`]),
    '    counter reject',
    '  }',
    '  chain forward {',
    '    type filter hook forward priority filter - 10; policy accept;',
    ...(four.length === 0 ? [] : ['    ip saddr @containers4 jump allowed']),
    ...(six.length === 0 ? [] : ['    ip6 saddr @containers6 jump allowed']),
    '  }',
    '}',
  ].join('\n');
}

/**
 * The same for the chain DOCKER-USER, as input of `iptables-restore --noflush`. With iptables-nft that chain is `ip filter DOCKER-USER` of
 * nftables; rules that nft itself writes there iptables cannot read, or reads as others. DOCKER-USER is not declared here: that would empty it
 * of the rules of others.
 */
export function dockerUserRules(proposal: Proposal, rules: EgressRules): string {
  const { name, sources, allowed, asksNames } = rules;
  const four = sources.filter(isIPv4);
  const left = allowed.filter(({ ip }) => !isIPv4(ip));
  const six = sources.filter((ip) => !isIPv4(ip));
  const rule = ({ ip, port, transport, comment }: AllowedDestination): string =>
    `-A ${name} -d ${ip}/32 -p ${transport} -m ${transport} --dport ${port} -m comment --comment "${plain(comment, 200)}" -j RETURN`;
  return [
    ...preface(proposal, rules),
    line(
      'load when the engine runs, which makes DOCKER-USER: iptables-restore --noflush FILE (each time adds the jump again)',
    ),
    ...four.map((ip) => line(`undo: iptables -D DOCKER-USER -s ${ip}/32 -j ${name}`)),
    ...(left.length === 0
      ? []
      : [line(`IPv6 is not in this file: ${left.length} destinations; see the table of nftables`)]),
    ...(six.length === 0 ? [] : [line(`what its containers send from ${six.join(', ')} is not filtered by this file`)]),
    '*filter',
    `:${name} - [0:0]`,
    `-A ${name} -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN`,
    ...allowed.filter(({ ip }) => isIPv4(ip)).map(rule),
    ...(asksNames ? [] : [line(`${look_ups} -A ${name} -p udp -m udp --dport 53 -j RETURN`)]),
    `-A ${name} -j REJECT`,
    ...four.map((ip) => `-I DOCKER-USER -s ${ip}/32 -j ${name}`),
    'COMMIT',
  ].join('\n');
}

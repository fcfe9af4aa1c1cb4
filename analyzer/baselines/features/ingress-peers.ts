import type { Observation, WorkloadRef } from '../../../shared/observation.ts';
import type { Feature, Item } from '../feature.ts';
import { judgeNovelty } from '../novelty.ts';
import { listenedPort } from '../ports.ts';

/**
 * Who connects to the containers of a workload, and where: neighbours by workload, everybody else by what kind of address they come from, for
 * clients on a network are without number.
 */
export const ingressPeers: Feature = {
  name: 'ingress-peers',
  rule: {
    id: 'c3a41f0d-6b8e-4d19-8e57-0b9f2a6d7c84',
    title: 'Connection from a peer never seen before',
    catalogue: ['NET-06'],
    severity: 'low',
    techniques: ['T1021'],
    tactics: ['lateral-movement'],
    tier: 'procfs',
    kinds: ['connection'],
  },
  learns: (observation, { sibling }) => ingressItem(observation, sibling) ?? [],
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} was connected to by ${item.text}, which never happened before`),
  digests: (count) => `${count} ${count === 1 ? 'peer' : 'peers'} connected to it for the first time`,
};

function ingressItem(observation: Observation, sibling: WorkloadRef | undefined): readonly [Item] | undefined {
  const { kind, network, source, destination } = observation;
  if (kind !== 'connection' || network?.direction !== 'ingress') return undefined;
  if (source === undefined || destination === undefined) return undefined;
  const peer = peerOf(source, sibling);
  if (peer === undefined) return undefined;
  const transport = network.transport ?? 'tcp';
  const port = listenedPort(observation, { port: destination.port, scope: destination.scope ?? 'unknown' });
  return [
    {
      key: JSON.stringify([...peer.id, port, transport]),
      text: `${peer.shown} on port ${port}/${transport}`,
      fields: {
        'source.ip': source.ip,
        'source.container_id': source.container_id,
        'destination.port': destination.port,
        'network.transport': network.transport,
        'process.executable': observation.process?.executable,
      },
    },
  ];
}

interface Peer {
  readonly id: readonly string[];
  readonly shown: string;
}

const shownScopes: Readonly<Record<string, string>> = {
  private: 'a private network',
  public: 'the internet',
  'link-local': 'a link-local address',
};

/** undefined: itself, or a container of this host of which nothing is known yet: whoever that is, it is no stranger's address. */
function peerOf(source: NonNullable<Observation['source']>, sibling: WorkloadRef | undefined): Peer | undefined {
  if (sibling !== undefined) return { id: ['workload', sibling.id], shown: `workload ${sibling.name}` };
  const scope = source.scope ?? 'unknown';
  if (source.container_id !== undefined || scope === 'loopback') return undefined;
  if (source.is_host === true) return { id: ['host'], shown: 'the host' };
  return { id: ['scope', scope], shown: shownScopes[scope] ?? `an address of the kind ${scope}` };
}

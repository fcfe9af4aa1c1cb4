import type { Observation } from '../../../shared/observation.ts';
import type { Feature, Item } from '../feature.ts';
import { judgeNovelty } from '../novelty.ts';
import { listenedPort } from '../ports.ts';
import { programName } from '../programs.ts';

/** On which ports the containers of a workload listen, from where they can be reached, and by which program. */
export const listeningPorts: Feature = {
  name: 'listening-ports',
  rule: {
    id: '7e2b9d54-0c1e-4b7f-93a6-51f0d8c2ab63',
    title: 'Listener never seen before',
    catalogue: ['NET-02'],
    severity: 'low',
    techniques: ['T1571'],
    tactics: ['command-and-control'],
    tier: 'procfs',
    kinds: ['connection'],
  },
  // What a container has it has from its start: a start is not another time for it.
  phases: 'one',
  learns: (observation) => listenerItem(observation) ?? [],
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} listens on ${item.text}, which it never did before`),
  digests: (count) => `${count} ${count === 1 ? 'port' : 'ports'} listened on for the first time`,
};

function listenerItem(observation: Observation): readonly [Item] | undefined {
  const { kind, network, source, process } = observation;
  if (kind !== 'connection' || network?.direction !== 'listen' || source === undefined) return undefined;
  const transport = network.transport ?? 'tcp';
  const scope = scopeOf(source);
  const port = listenedPort(observation, { port: source.port, scope });
  const program = programName(process?.executable);
  return [
    {
      key: JSON.stringify([transport, port, scope, program ?? '']),
      text: `port ${port}/${transport} of ${shownScopes[scope] ?? `${scope} addresses`}${program === undefined ? '' : ` by ${program}`}`,
      fields: {
        'source.ip': source.ip,
        'source.port': source.port,
        'network.transport': network.transport,
        'network.exposed': network.exposed,
        'process.executable': process?.executable,
      },
    },
  ];
}

const shownScopes: Readonly<Record<string, string>> = { any: 'all addresses', loopback: 'loopback' };

/** The address that means all of them is not loopback, whatever its class; others are told by their class, because they change. */
const scopeOf = ({ ip, scope }: NonNullable<Observation['source']>): string =>
  ip === '0.0.0.0' || ip === '::' ? 'any' : (scope ?? 'unknown');

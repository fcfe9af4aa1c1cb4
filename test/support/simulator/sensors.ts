import { containerAt } from '../../../collector/engine/inventory.ts';
import { ipScope } from '../../../collector/procfs/ip-scope.ts';
import type { ResourceFacts } from '../../../shared/facts/resources.ts';
import { deriveId } from '../../../shared/hash.ts';
import type {
  ContainerFacts,
  EndpointFacts,
  NetworkFacts,
  Observation,
  ProcessFacts,
} from '../../../shared/observation.ts';
import { observationId } from '../../../shared/observation-id.ts';
import { type Box, host } from './box.ts';
import { type ExecLook, execObservations } from './execs.ts';
import { type Program, processOf } from './programs.ts';
import { beginning } from './times.ts';

/** What is connected to. */
export interface Destination {
  readonly ip: string;
  readonly port: number;
  /** Only where a sensor knows the name. */
  readonly domain?: string;
  /** It is a container of this host. */
  readonly container?: string;
  readonly transport?: 'tcp' | 'udp';
}

/** What the sensors tell of one container, in the shapes that they send. */
export interface Sensors {
  lifecycle(at: number, action: 'create' | 'start' | 'kill' | 'die' | 'stop' | 'destroy'): Observation;
  /** What is told at its creation: one for the container and one for each of its objects. */
  configuration(at: number): readonly Observation[];
  /** The three events of an exec. */
  exec(at: number, args: readonly [string, ...string[]], look?: ExecLook): readonly Observation[];
  /** A process that a sweep found for the first time. */
  process(at: number, program: Program): Observation;
  listen(at: number, port: number, program: Program): Observation;
  egress(at: number, destination: Destination, program: Program): Observation;
  ingress(at: number, from: { readonly ip: string; readonly container?: string }, port: number): Observation;
  reading(at: number, resources: ResourceFacts): Observation;
}

const boot = 'f2b7a3c0-simulated';

export function createSensors(box: Box): Sensors {
  const { known, ip } = box;
  const { container: facts, objects, hash, workload } = known.snapshot;
  const { container: summary } = containerAt(known, box.life.from);
  const base = (at: number) => ({ at, host, workload, container: aged(summary, (at - box.life.from) / 1_000) });
  const met = new Set<string>();
  const connection = (at: number, network: NetworkFacts, more: Partial<Observation>): Observation => {
    // By its time and its other end: one more socket does not make others of those after it.
    const inode = String(at - beginning + 1);
    const socket = `${inode} ${more.destination?.ip ?? ''}:${more.destination?.port ?? more.source?.port}`;
    return {
      id: observationId.socket(host.id, { boot, namespace: facts.id, socket }),
      kind: 'connection',
      event: { source: 'procfs', action: network.direction === 'listen' ? 'listen' : 'connect' },
      ...base(at),
      network: {
        transport: 'tcp',
        state: network.direction === 'listen' ? 'LISTEN' : 'ESTABLISHED',
        socket_inode: inode,
        ...network,
      },
      ...more,
    };
  };
  const here = (port: number): EndpointFacts => ({ ip, port, scope: 'private' });
  const handedOut = (at: number): number => 32_768 + (at % 28_000);
  const peer = (address: string, container: string | undefined): Omit<EndpointFacts, 'port'> => ({
    ip: address,
    scope: ipScope(address),
    ...(container === undefined ? {} : { container_id: container, same_project: true }),
  });

  return {
    lifecycle(at, action) {
      const nano = `${at}000000`;
      const attributes = { name: facts.name, image: facts.image.name };
      return {
        id: observationId.engineEvent(host.id, { nano, type: 'container', action, actor: facts.id }),
        kind: 'container_lifecycle',
        ...base(at),
        event: { source: 'docker-event', action, time_nano: nano },
        docker: { type: 'container', id: facts.id, name: facts.name, scope: 'local', attributes },
      };
    },
    configuration(at) {
      const keys = ['container', ...objects.map(({ key }) => key)];
      const idOf = (object: string): string =>
        observationId.snapshot(host.id, { container: facts.id, hash, cause: `${at}000000`, object });
      const about = (object: string): Observation => ({
        id: idOf(object),
        kind: 'container_configuration',
        at,
        event: { source: 'inspect', action: 'create' },
        host,
        workload,
        container: { ...facts, state: 'created' },
        snapshot: { id: idOf(''), object, objects: keys, hash },
      });
      return [about('container'), ...objects.map(({ key, ...object }) => ({ ...about(key), ...object }))];
    },
    exec: (at, args, look = {}) => execObservations({ at, args, look }, { container: facts, base }),
    process(at, program) {
      const process = processOf(program, { at, box });
      const of = { boot, pid: process.pid ?? 0, start: process.start ?? '', state: deriveId(program.executable) };
      return {
        id: observationId.process(host.id, of),
        kind: 'process',
        ...base(at),
        event: { source: 'procfs', action: 'start' },
        process,
      };
    },
    listen: (at, port, program) =>
      connection(
        at,
        {
          direction: 'listen',
          first_time: !isMet(met, `listen ${port}`),
          exposed: facts.exposed_ports?.includes(`${port}/tcp`) ?? false,
        },
        { source: { ip: '0.0.0.0', port, scope: 'loopback' }, process: ownerOf(program, { at, box }) },
      ),
    egress(at, { ip: address, port, domain, container, transport = 'tcp' }, program) {
      const first = !isMet(met, `${transport} ${address}:${port}`);
      const destination = { ...peer(address, container), port, ...(domain === undefined ? {} : { domain }) };
      return connection(
        at,
        { direction: 'egress', transport, first_time: first, internal_only: false },
        { source: here(handedOut(at)), destination, process: ownerOf(program, { at, box }) },
      );
    },
    ingress: (at, { ip: address, container }, port) =>
      connection(
        at,
        { direction: 'ingress' },
        { source: { ...peer(address, container), port: handedOut(at) }, destination: here(port) },
      ),
    reading: (at, resources) => ({
      id: observationId.reading(host.id, { kind: 'resources', subject: facts.id, at }),
      kind: 'resources',
      ...base(at),
      event: { source: 'stats', action: 'reading' },
      resources,
    }),
  };
}

/** As containerAt says it, which would gather the same members for each observation anew. */
const aged = (summary: ContainerFacts, age: number): ContainerFacts => ({ ...summary, age_s: Math.max(0, age) });

/** The sensor remembers as many. */
const mostMet = 1_024;

function isMet(met: Set<string>, key: string): boolean {
  const known = met.has(key) || met.size >= mostMet;
  if (!known) met.add(key);
  return known;
}

/** What is told of the process that holds a socket. */
function ownerOf(program: Program, of: { readonly at: number; readonly box: Box }): ProcessFacts {
  const { pid, executable, name, args, command_line } = processOf(program, of);
  return {
    ...(pid === undefined ? {} : { pid }),
    ...(executable === undefined ? {} : { executable }),
    ...(name === undefined ? {} : { name }),
    ...(args === undefined ? {} : { args }),
    ...(command_line === undefined ? {} : { command_line }),
  };
}

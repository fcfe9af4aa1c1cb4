import type { EndpointFacts, Observation } from '../../shared/observation.ts';

/** What happened, as one sentence for the timeline; undefined for what is no event of its own (readings, heartbeats, objects of a snapshot). */
export function describe(observation: Observation): string | undefined {
  const { kind, event } = observation;
  switch (kind) {
    case 'exec':
      return execText(observation);
    case 'process':
      return processText(observation);
    case 'connection':
      return connectionText(observation);
    case 'container_configuration':
      return configurationText(observation);
    case 'container_lifecycle':
      return `container ${event.action}${exitText(observation)}`;
    case 'file':
      return fileText(observation);
    case 'gap':
      return `not seen: ${observation.gap?.text ?? 'something'}`;
    case 'resources':
    case 'heartbeat':
    case 'canary':
      return undefined;
    default:
      return otherText(observation);
  }
}

function execText({ exec, event }: Observation): string | undefined {
  if (exec === undefined || exec.is_healthcheck) return undefined;
  const how = [exec.privileged === true ? 'privileged' : '', exec.user ? `as ${exec.user}` : ''].filter(Boolean);
  const more = how.length === 0 ? '' : ` (${how.join(', ')})`;
  if (event.action === 'exec_die')
    return `exec ended${exec.exit_code === undefined ? '' : ` with ${exec.exit_code}`}: ${exec.command}`;
  return event.action === 'exec_start' ? `exec: ${exec.command}${more}` : undefined;
}

function processText({ process, exec }: Observation): string | undefined {
  // What the engine told of an exec is an entry of its own.
  if (process?.pid === undefined || exec !== undefined) return undefined;
  const parent = process.parent?.command_line ?? process.parent?.pid;
  return `process ${process.pid}: ${commandOf(process)}${parent === undefined ? '' : `, child of ${parent}`}`;
}

/** The command line, or the program where there is none. */
export function commandOf({ command_line, executable, name }: NonNullable<Observation['process']>): string {
  if (command_line !== undefined && command_line !== '') return command_line;
  return (typeof executable === 'string' ? executable : executable?.[0]) ?? name ?? '(unknown)';
}

function connectionText(observation: Observation): string | undefined {
  const { network } = observation;
  const peer = peerOf(observation);
  if (network === undefined || peer === undefined) return undefined;
  const transport = network.transport ?? '';
  switch (network.direction) {
    case 'listen':
      return `listens on ${transport} ${peer}`;
    case 'ingress':
      return `${transport} connection from ${peer}`;
    default:
      return `${transport} connection to ${peer}`;
  }
}

/** The other side of a connection; of a listener its own address. */
export function peerOf({ network, source, destination }: Observation): string | undefined {
  if (network?.transport === 'unix') return network.unix_path;
  const end = network?.direction === 'egress' || network?.direction === undefined ? destination : source;
  const shown = end ?? destination ?? source;
  return shown === undefined ? undefined : endpointText(shown);
}

const endpointText = ({ ip, port, domain }: EndpointFacts): string =>
  `${ip.includes(':') ? `[${ip}]` : ip}:${port}${domain === undefined ? '' : ` (${domain})`}`;

function configurationText({ snapshot, change, event }: Observation): string | undefined {
  if (snapshot?.object !== 'container' || event.action === 'resync' || event.action === 'poll') return undefined;
  if (change !== undefined) return `configuration changed: ${change.text}`;
  return event.action === 'create' ? undefined : `configuration read (${event.action})`;
}

function exitText({ docker }: Observation): string {
  const code = docker?.attributes?.exitCode;
  return code === undefined ? '' : ` (exit code ${code})`;
}

function fileText({ file }: Observation): string | undefined {
  if (file === undefined) return undefined;
  const by = file.by === undefined ? '' : ` by ${file.by === 'exec' ? 'an exec' : 'a copy'}`;
  return `${file.change} ${file.path}${by}${file.setuid === true ? ', setuid' : ''}`;
}

function otherText({ kind, event, docker, image }: Observation): string {
  const name = docker?.name ?? docker?.id ?? (image === undefined ? '' : (docker?.id ?? ''));
  return `${kind} ${event.action}${name === '' ? '' : ` ${name}`}`;
}

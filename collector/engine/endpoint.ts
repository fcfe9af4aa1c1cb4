import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/observation.ts';

/** Where an engine listens. */
export type Endpoint =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsFiles };

export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** false: the context says to skip the verification of the engine's certificate. */
  readonly rejectUnauthorized?: boolean;
}

/** What the choice depends on: plain values, read from flags and environment by who may. */
export interface EndpointInputs {
  /** Configuration or flag. */
  readonly host?: string | undefined;
  readonly dockerHost?: string | undefined;
  readonly dockerContext?: string | undefined;
  readonly certPath?: string | undefined;
  readonly tlsVerify?: string | undefined;
  /** Docker's client directory; default ~/.docker. */
  readonly dockerConfig?: string | undefined;
  readonly home?: string | undefined;
  readonly runtimeDir?: string | undefined;
}

export interface ChosenEndpoint {
  readonly endpoint: Endpoint;
  /** As people write it: unix:///… or tcp://… */
  readonly address: string;
  /** Why this one: `engine.host`, `DOCKER_HOST`, `context NAME`, `default socket`. */
  readonly how: string;
  /** What was looked at, in order; the last one is what was taken. */
  readonly tried: readonly string[];
}

/**
 * The engine to watch, chosen as docker does: flag or configuration, DOCKER_HOST, DOCKER_CONTEXT, current context, then the sockets that
 * engines use by default. @throws UserError when the one that was named cannot be used.
 */
export function chooseEndpoint(inputs: EndpointInputs): ChosenEndpoint {
  if (inputs.host) return named(inputs.host, 'engine.host', inputs);
  if (inputs.dockerHost) return named(inputs.dockerHost, 'DOCKER_HOST', inputs);
  const context = inputs.dockerContext || currentContext(inputs);
  if (context !== undefined && context !== 'default') return fromContext(context, inputs);
  const sockets = defaultSockets(inputs);
  const found = sockets.find(isSocket);
  const path = found ?? '/var/run/docker.sock';
  const tried = (found === undefined ? sockets : sockets.slice(0, sockets.indexOf(found) + 1)).map(unix);
  return { endpoint: { kind: 'socket', path }, address: unix(path), how: 'default socket', tried };
}

const unix = (path: string): string => `unix://${path}`;

/** Sockets that are looked at when nothing names an engine, in this order. */
export function defaultSockets({ runtimeDir, home }: EndpointInputs): readonly string[] {
  return [
    '/var/run/docker.sock',
    ...(runtimeDir ? [join(runtimeDir, 'docker.sock')] : []),
    ...(home ? [join(home, '.docker/run/docker.sock'), join(home, '.docker/desktop/docker.sock')] : []),
    '/run/podman/podman.sock',
    ...(runtimeDir ? [join(runtimeDir, 'podman/podman.sock')] : []),
  ];
}

function named(address: string, how: string, inputs: EndpointInputs): ChosenEndpoint {
  const tls =
    inputs.tlsVerify || address.endsWith(':2376') ? tlsFrom(inputs.certPath || dockerDirectory(inputs)) : undefined;
  return { endpoint: parseAddress(address, how, tls), address, how, tried: [address] };
}

function parseAddress(address: string, how: string, tls: TlsFiles | undefined): Endpoint {
  if (address.startsWith('unix://')) return { kind: 'socket', path: address.slice('unix://'.length) };
  if (address.startsWith('/')) return { kind: 'socket', path: address };
  if (address.startsWith('ssh://')) {
    throw new UserError(`${how} names ${address}; engines over ssh are not supported`, {
      fix: 'run moorwatch on that host, or forward its socket: ssh -L /tmp/engine.sock:/var/run/docker.sock HOST',
      code: exitCode.config,
    });
  }
  const url = /^(tcp|https?):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(address);
  if (url === null) {
    throw new UserError(`${how} names ${address}, which is no engine address`, {
      fix: 'write unix:///path/to/docker.sock or tcp://host:port',
      code: exitCode.config,
    });
  }
  const [, scheme, host = '', port] = url;
  const secure = tls ?? (scheme === 'https' ? {} : undefined);
  return {
    kind: 'tcp',
    host: host.replace(/^\[|\]$/g, ''),
    port: Number(port ?? (secure === undefined ? 2375 : 2376)),
    ...(secure === undefined ? {} : { tls: secure }),
  };
}

function fromContext(name: string, inputs: EndpointInputs): ChosenEndpoint {
  const directory = dockerDirectory(inputs);
  const id = createHash('sha256').update(name).digest('hex');
  const meta = readJson(join(directory, 'contexts/meta', id, 'meta.json'));
  const docker = isRecord(meta) && isRecord(meta.Endpoints) ? meta.Endpoints.docker : undefined;
  const address = isRecord(docker) ? docker.Host : undefined;
  if (typeof address !== 'string') {
    throw new UserError(`docker context ${name} has no engine address`, {
      fix: 'docker context ls shows what there is; or name the engine with --engine',
      code: exitCode.config,
    });
  }
  const tlsDirectory = join(directory, 'contexts/tls', id, 'docker');
  const skips = isRecord(docker) && docker.SkipTLSVerify === true;
  const tls = exists(tlsDirectory) ? tlsFrom(tlsDirectory) : undefined;
  const checked = skips ? { ...tls, rejectUnauthorized: false } : tls;
  const how = `context ${name}`;
  return { endpoint: parseAddress(address, how, checked), address, how, tried: [address] };
}

const dockerDirectory = ({ dockerConfig, home }: EndpointInputs): string =>
  dockerConfig || join(home || '/root', '.docker');

function currentContext(inputs: EndpointInputs): string | undefined {
  const config = readJson(join(dockerDirectory(inputs), 'config.json'));
  return isRecord(config) && typeof config.currentContext === 'string' && config.currentContext !== ''
    ? config.currentContext
    : undefined;
}

function tlsFrom(directory: string): TlsFiles {
  const read = (name: string) => (exists(join(directory, name)) ? readFileSync(join(directory, name)) : undefined);
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map(read);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Not there or not readable: then docker's own client has no context either.
    return undefined;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isSocket(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
  } catch {
    return false;
  }
}

const startOrName = 'start Docker, or name another engine with --engine or DOCKER_HOST';

/** What a person can do about an engine that does not answer. `tried`: addresses that were looked at. */
export function unreachable(
  error: unknown,
  { address, tried }: Pick<ChosenEndpoint, 'address' | 'tried'>,
): { reason: string; fix: string } {
  const reason = messageOf(error);
  const also = tried.filter((other) => other !== address);
  const elsewhere = also.length === 0 ? '' : ` (nor at ${also.join(', ')})`;
  if (reason.includes('ENOENT')) return { reason: `there is no socket ${address}${elsewhere}`, fix: startOrName };
  if (reason.includes('EACCES'))
    return {
      reason: `no permission to open ${address}`,
      fix: 'run as root, add this user to the docker group, or use a read-only socket proxy',
    };
  if (reason.includes('ECONNREFUSED')) return { reason: `nobody listens at ${address}`, fix: startOrName };
  if (/HTTP code 40[13]/.test(reason))
    return {
      reason: `${address} refuses: ${reason.trim()}`,
      fix: 'allow GET on the paths listed in docs/collector.md',
    };
  return { reason, fix: 'check that the engine runs and that the address is right' };
}

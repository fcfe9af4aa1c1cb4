import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { MalformedError, messageOf, UnavailableError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/observation.ts';
import type { Endpoint } from './endpoint.ts';
import type {
  ContainerInspect,
  ContainerListItem,
  EngineInfo,
  ExecInspect,
  ImageInspect,
  NetworkInspect,
  StatsBody,
  VolumeInspect,
} from './inspect-types.ts';

/** The engine in our own words. GET requests only. undefined: the engine knows no such object (any more). */
export interface EngineClient {
  readonly api: string;
  info(): Promise<EngineInfo>;
  version(): Promise<string>;
  listContainers(): Promise<readonly ContainerListItem[]>;
  inspectContainer(id: string): Promise<ContainerInspect | undefined>;
  inspectExec(id: string): Promise<ExecInspect | undefined>;
  inspectImage(id: string): Promise<ImageInspect | undefined>;
  inspectVolume(name: string): Promise<VolumeInspect | undefined>;
  inspectNetwork(id: string): Promise<NetworkInspect | undefined>;
  stats(id: string): Promise<StatsBody | undefined>;
  /** The raw event stream, text as it comes. `since` is `seconds.nanoseconds`. */
  events(since: string | undefined, signal: AbortSignal): Promise<AsyncIterable<Buffer> & { destroy(): void }>;
  close(): void;
}

/** Oldest and newest API version that we were tested with. An engine that speaks neither is refused with words. */
const oldestApi = 1.41;
const newestApi = 1.56;

const answerMs = 15_000;

/** Asks the engine for its API version and makes a client for it. @throws UnavailableError when it does not answer. */
export async function connectEngine(endpoint: Endpoint): Promise<EngineClient> {
  const first = new Docker({ ...connection(endpoint), timeout: answerMs });
  const api = negotiate(await offeredApi(first));
  return createClient(endpoint, api);
}

async function offeredApi(docker: Docker): Promise<string> {
  const answer = await ask('/version', () => docker.version());
  return answer?.ApiVersion ?? '';
}

function negotiate(offered: string): string {
  const [major, minor] = offered.split('.').map(Number);
  if (major !== 1 || minor === undefined || Number.isNaN(minor))
    throw new UnavailableError(`the engine offers API version "${offered}", which cannot be read`);
  if (minor < minorOf(oldestApi))
    throw new UnavailableError(
      `the engine speaks API ${offered}; ${oldestApi} (Docker 20.10) is the oldest that works`,
    );
  return `v1.${Math.min(minor, minorOf(newestApi))}`;
}

const minorOf = (version: number): number => Number(String(version).split('.')[1]);

function createClient(endpoint: Endpoint, api: string): EngineClient {
  const agent = quietAgent(endpoint);
  // An idle timeout would end a quiet event stream, so streams have a client of their own.
  const unary = new Docker({ ...connection(endpoint), version: api, timeout: answerMs, ...agentOption(agent) });
  const streams = new Docker({ ...connection(endpoint), version: api });
  return {
    api,
    info: async () => (await ask('/info', () => unary.info() as Promise<EngineInfo>)) ?? {},
    version: async () => (await ask('/version', () => unary.version()))?.Version ?? '',
    listContainers: async () => (await ask('/containers/json', () => unary.listContainers({ all: true }))) ?? [],
    inspectContainer: (id) =>
      ask(`/containers/${id}/json`, () => object<ContainerInspect>(unary.getContainer(id).inspect())),
    inspectExec: (id) => ask(`/exec/${id}/json`, () => object<ExecInspect>(unary.getExec(id).inspect())),
    inspectImage: (id) => ask(`/images/${id}/json`, () => object<ImageInspect>(unary.getImage(id).inspect())),
    inspectVolume: (name) => ask(`/volumes/${name}`, () => object<VolumeInspect>(unary.getVolume(name).inspect())),
    inspectNetwork: (id) => ask(`/networks/${id}`, () => object<NetworkInspect>(unary.getNetwork(id).inspect())),
    stats: (id) =>
      ask(`/containers/${id}/stats`, () =>
        object<StatsBody>(unary.getContainer(id).stats({ stream: false, 'one-shot': true })),
      ),
    events: (since, signal) => openEvents(streams, since, signal),
    close: () => agent.destroy(),
  };
}

/** The modem types promise more than engines of all versions keep: what comes is checked to be an object and read as our own loose type. */
async function object<T>(answer: Promise<unknown>): Promise<T> {
  const body = await answer;
  if (!isRecord(body))
    throw new MalformedError('the engine answered something else than a JSON object', { place: 'engine' });
  return body as T;
}

async function openEvents(docker: Docker, since: string | undefined, signal: AbortSignal) {
  // The types want a number of seconds; the engine takes `seconds.nanoseconds`, which a number cannot hold.
  const options = { ...(since === undefined ? {} : { since: since as unknown as number }), abortSignal: signal };
  const stream = (await docker.getEvents(options)) as unknown as AsyncIterable<Buffer> & { destroy(): void };
  return stream;
}

async function ask<T>(request: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    if (error instanceof MalformedError)
      throw new MalformedError(error.message, { place: `engine answer to GET ${request}`, cause: error });
    throw new UnavailableError(`GET ${request}: ${messageOf(error)}`, { cause: error });
  }
}

const statusOf = (error: unknown): number | undefined =>
  isRecord(error) || error instanceof Error ? (error as { statusCode?: number }).statusCode : undefined;

function connection(endpoint: Endpoint): Docker.DockerOptions {
  if (endpoint.kind === 'socket') return { socketPath: endpoint.path };
  const { host, port, tls } = endpoint;
  return { host, port, protocol: tls === undefined ? 'http' : 'https', ...tls };
}

/**
 * docker-modem inspects the options of every request to full depth for a debug line; with a keep-alive agent among them that costs
 * milliseconds of CPU per request. An agent that inspects to a short word costs nothing.
 */
function quietAgent(endpoint: Endpoint): HttpAgent {
  const options = { keepAlive: true, maxSockets: 8 };
  const agent =
    endpoint.kind === 'tcp' && endpoint.tls !== undefined
      ? new HttpsAgent({ ...options, ...endpoint.tls })
      : new HttpAgent(options);
  Object.defineProperty(agent, inspect.custom, { value: () => 'agent', enumerable: false });
  return agent;
}

/** docker-modem takes an agent, its types do not say so. */
const agentOption = (agent: HttpAgent): object => ({ agent });

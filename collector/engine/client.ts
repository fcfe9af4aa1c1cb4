import { type Agent, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { MalformedError, messageOf, UnavailableError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/observation.ts';
import { readJson } from './body.ts';
import type { Endpoint } from './endpoint.ts';
import type {
  ChangeItem,
  ContainerInspect,
  ContainerListItem,
  EngineInfo,
  EngineVersion,
  ExecInspect,
  ImageInspect,
  ImageListItem,
  NetworkInspect,
  PluginInspect,
  StatsBody,
  VolumeInspect,
} from './inspect-types.ts';

/**
 * The engine in our own words. GET requests only. undefined: the engine knows no such object (any more).
 * Every call rejects with UnavailableError when there is no good answer in time, with MalformedError when the answer cannot be read.
 */
export interface EngineClient {
  readonly api: string;
  info(): Promise<EngineInfo>;
  version(): Promise<EngineVersion>;
  listContainers(): Promise<readonly ContainerListItem[]>;
  inspectContainer(id: string): Promise<ContainerInspect | undefined>;
  inspectExec(id: string): Promise<ExecInspect | undefined>;
  inspectImage(id: string): Promise<ImageInspect | undefined>;
  /** undefined: the engine has no such list. */
  listImages(): Promise<readonly ImageListItem[] | undefined>;
  /** What differs between a container's files and its image's; the engine walks through all that the container wrote. */
  changes(id: string): Promise<readonly ChangeItem[] | undefined>;
  inspectVolume(name: string): Promise<VolumeInspect | undefined>;
  inspectNetwork(id: string): Promise<NetworkInspect | undefined>;
  inspectPlugin(name: string): Promise<PluginInspect | undefined>;
  stats(id: string): Promise<StatsBody | undefined>;
  /** The raw event stream, text as it comes. `since` is `seconds.nanoseconds`. */
  events(since: string | undefined, signal: AbortSignal): Promise<EventStream>;
  /** Kinds of requests that were refused so far (a socket proxy holds them back): `exec inspect`, `volume inspect`, … */
  refused(): readonly string[];
  close(): void;
}

export type EventStream = AsyncIterable<Buffer> & { destroy(): void };

/** Oldest and newest API version that we were tested with. An engine that speaks neither is refused with words. */
const oldestApi = 41;
const newestApi = 56;

const answerMs = 15_000;
const connectionsAtOnce = 16;

/** Asks the engine for its API version and makes a client for it. @throws UnavailableError when it does not answer. */
export async function connectEngine(endpoint: Endpoint): Promise<EngineClient> {
  const agent = quietAgent(endpoint, { keepAlive: true, maxSockets: connectionsAtOnce });
  try {
    const first = new Docker({ ...connection(endpoint), timeout: answerMs, ...agentOption(agent) });
    return createClient(endpoint, { agent, api: negotiate(await offeredApi(first)) });
  } catch (error) {
    agent.destroy();
    throw error;
  }
}

/** What /_ping says in its header; a proxy may hide that, then /version says it. */
async function offeredApi(docker: Docker): Promise<string> {
  const answer = await request(docker, { path: '/_ping' });
  answer.resume();
  const header = answer.headers['api-version'];
  if (typeof header === 'string' && header !== '') return header;
  const version = await readJson(await request(docker, { path: '/version' }), 'engine answer to GET /version');
  return isRecord(version) && typeof version.ApiVersion === 'string' ? version.ApiVersion : '';
}

function negotiate(offered: string): string {
  const minor = Number(/^1\.(\d+)$/.exec(offered)?.[1] ?? Number.NaN);
  if (Number.isNaN(minor))
    throw new UnavailableError(`the engine offers API version "${offered}", which cannot be read`);
  if (minor < oldestApi)
    throw new UnavailableError(
      `the engine speaks API ${offered}; 1.${oldestApi} (Docker 20.10) is the oldest that works`,
    );
  return `v1.${Math.min(minor, newestApi)}`;
}

function createClient(endpoint: Endpoint, { agent, api }: { agent: Agent; api: string }): EngineClient {
  // An idle timeout would end a quiet event stream, so streams have a client of their own.
  const unary = new Docker({ ...connection(endpoint), version: api, timeout: answerMs, ...agentOption(agent) });
  const streamAgent = quietAgent(endpoint, { keepAlive: false });
  const streams = new Docker({ ...connection(endpoint), version: api, ...agentOption(streamAgent) });
  const anew = new Docker({ ...connection(endpoint), version: api, timeout: answerMs, ...agentOption(streamAgent) });
  const refused = new Set<string>();
  const get = createGet((what) => requestAgain({ kept: unary, anew }, what), refused);
  return {
    api,
    info: async () => (await get<EngineInfo>('info', { path: '/info' })) ?? {},
    version: async () => (await get<EngineVersion>('version', { path: '/version' })) ?? {},
    listContainers: async () => listed(await get('list', { path: '/containers/json', query: { all: true } })),
    inspectContainer: (id) => get('container inspect', { path: `/containers/${part(id)}/json` }),
    inspectExec: (id) => get('exec inspect', { path: `/exec/${part(id)}/json` }),
    inspectImage: (id) => get('image inspect', { path: `/images/${part(id)}/json` }),
    listImages: async () => imagesIn(await get('image list', { path: '/images/json' })),
    changes: async (id) =>
      changesIn(await get('container changes', { path: `/containers/${part(id)}/changes`, nothing: [] })),
    inspectVolume: (name) => get('volume inspect', { path: `/volumes/${part(name)}` }),
    inspectNetwork: (id) => get('network inspect', { path: `/networks/${part(id)}` }),
    inspectPlugin: (name) => get('plugin inspect', { path: `/plugins/${part(name)}/json` }),
    stats: (id) => get('stats', { path: `/containers/${part(id)}/stats`, query: { stream: false, 'one-shot': true } }),
    events: (since, signal) =>
      request(streams, { path: '/events', signal, query: since === undefined ? {} : { since } }),
    refused: () => [...refused],
    close: () => {
      agent.destroy();
      streamAgent.destroy();
    },
  };
}

/** Ids and names as the engine writes them stay readable in a proxy's log; anything else is escaped. */
const part = (name: string): string => name.replace(/[^\w.:@-]/g, (letter) => encodeURIComponent(letter));

interface Get {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | boolean>>;
  readonly signal?: AbortSignal;
  /** What `null` stands for, where the engine says that. */
  readonly nothing?: object;
}

/** GET, the body as our own loose type: what comes is checked to be JSON, and read member by member where it is used. */
function createGet(ask: (get: Get) => Promise<IncomingMessage>, refused: Set<string>) {
  return async <T extends object>(kind: string, get: Get): Promise<T | undefined> => {
    // Without an id or name it would be another request, and an engine that redirects it ends docker-modem with an uncaught error.
    if (get.path.includes('//')) return undefined;
    try {
      const answer = await ask(get);
      const body = (await readJson(answer, `engine answer to GET ${get.path}`)) ?? get.nothing ?? null;
      if (typeof body !== 'object' || body === null)
        throw new MalformedError('not a JSON object', { place: `engine answer to GET ${get.path}` });
      refused.delete(kind);
      return body as T;
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) return undefined;
      if (status === 401 || status === 403) refused.add(kind);
      if (error instanceof MalformedError) throw error;
      throw new UnavailableError(`GET ${get.path}: ${messageOf(error)}`, { cause: error });
    }
  };
}

/**
 * A server or a proxy on the way may close a kept connection just as a request goes out on it; asking once more, on a connection of its own, is
 * for the client to do (RFC 9112, section 9.3.1), and GET may be repeated. Else that moment would cost an exec its user and its rights.
 */
async function requestAgain({ kept, anew }: Record<'kept' | 'anew', Docker>, get: Get): Promise<IncomingMessage> {
  const began = performance.now();
  try {
    return await request(kept, get);
  } catch (error) {
    // What did not answer in time is torn down by ourselves, with the same code.
    if (!isTornDown(error) || performance.now() - began >= answerMs) throw error;
    return request(anew, get);
  }
}

const isTornDown = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** Resolves with the answer's head; its body is still to be read. */
function request(docker: Docker, { path, query = {}, signal }: Get): Promise<IncomingMessage> {
  const options = Object.keys(query).length === 0 ? { path } : { path: `${path}?`, options: query };
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        ...options,
        method: 'GET',
        isStream: true,
        statusCodes: { 200: true, 401: 'refused', 403: 'refused', 404: 'no such object', 500: 'server error' },
        ...(signal === undefined ? {} : { abortSignal: signal }),
      },
      // With isStream and without hijack docker-modem hands out the response itself.
      (error, answer) => (error === null ? resolve(answer as IncomingMessage) : reject(error)),
    );
  });
}

function listed(body: object | undefined): readonly ContainerListItem[] {
  if (body === undefined) return [];
  if (!Array.isArray(body))
    throw new MalformedError('not a JSON array', { place: 'engine answer to GET /containers/json' });
  // Only Id is relied on.
  return body.filter((item): item is ContainerListItem => isRecord(item) && typeof item.Id === 'string');
}

function imagesIn(body: object | undefined): readonly ImageListItem[] | undefined {
  if (body === undefined) return undefined;
  if (!Array.isArray(body))
    throw new MalformedError('not a JSON array', { place: 'engine answer to GET /images/json' });
  const isText = (list: unknown): boolean => Array.isArray(list) && list.every((one) => typeof one === 'string');
  return body.filter(
    (item): item is ImageListItem =>
      isRecord(item) && typeof item.Id === 'string' && isText(item.RepoTags ?? []) && isText(item.RepoDigests ?? []),
  );
}

function changesIn(body: object | undefined): readonly ChangeItem[] | undefined {
  if (body === undefined) return undefined;
  if (!Array.isArray(body))
    throw new MalformedError('not a JSON array', { place: 'engine answer to GET /containers/ID/changes' });
  return body.filter(
    (item): item is ChangeItem =>
      isRecord(item) && typeof item.Path === 'string' && item.Path.startsWith('/') && typeof item.Kind === 'number',
  );
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : undefined;

function connection(endpoint: Endpoint): Docker.DockerOptions {
  if (endpoint.kind === 'socket') return { socketPath: endpoint.path };
  const { host, port, tls } = endpoint;
  return { host, port, protocol: tls === undefined ? 'http' : 'https' };
}

/**
 * docker-modem inspects the options of every request to full depth for a debug line; with a keep-alive agent among them that costs
 * milliseconds of CPU per request. An agent that inspects to a short word costs nothing.
 */
function quietAgent(endpoint: Endpoint, options: { keepAlive: boolean; maxSockets?: number }): Agent {
  const agent =
    endpoint.kind === 'tcp' && endpoint.tls !== undefined
      ? new HttpsAgent({ ...options, ...endpoint.tls })
      : new HttpAgent(options);
  Object.defineProperty(agent, inspect.custom, { value: () => 'agent', enumerable: false });
  return agent;
}

/** docker-modem takes an agent, its types do not say so. */
const agentOption = (agent: Agent): object => ({ agent });

import { type Observable, Subject } from 'rxjs';
import { topic } from '../../shared/bus/topics.ts';
import { messageOf, UserError } from '../../shared/errors.ts';
import type { HostRef } from '../../shared/observation.ts';
import type { Redactor } from '../../shared/redact.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { CollectorLog } from '../log.ts';
import { connectEngine, type EngineClient } from './client.ts';
import { chooseEndpoint, type Endpoint, type EndpointInputs, unreachable } from './endpoint.ts';
import type { FeedItem } from './feed.ts';
import type { HostFiles } from './host-files.ts';
import { hostIdOf } from './host-id.ts';
import type { EngineInfo } from './inspect-types.ts';
import type { KnownContainer } from './inventory.ts';
import { createMemory, type Memory } from './memory.ts';
import { createResolver, type Resolver } from './resolve.ts';
import { runSession } from './session.ts';
import { readState } from './state.ts';

export interface WatchOptions {
  readonly bus: Pick<CollectorLog, 'read'>;
  readonly files: HostFiles;
  readonly inputs: EndpointInputs;
  readonly telemetry: Telemetry;
  readonly redactor: Redactor;
  /** ResolverOptions.monitorPaths */
  readonly monitorPaths: readonly string[];
  readonly resyncMs: number;
  /** Of the topic that holds the state. */
  readonly partitions: number;
  now(): number;
}

/** A watched engine, over all its restarts and ours. */
export interface EngineWatch {
  /** In the engine's order; hot, starts with `run`. */
  readonly feed$: Observable<FeedItem>;
  /** Those that exist, running or not. */
  containers(): readonly KnownContainer[];
  /** One of them. */
  container(id: string): KnownContainer | undefined;
  /** What sensors keep of the watched host; nothing before it is known. */
  notes(): Map<string, unknown> | undefined;
  status(): WatchStatus;
  /** Watches until the signal is aborted; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WatchStatus {
  readonly connected: boolean;
  /** When the connection was lost, ms; absent while there is one, and before the first. */
  readonly lostAt?: number;
  readonly host?: HostRef;
  readonly address?: string;
  readonly how?: string;
  readonly engine?: string;
  readonly api?: string;
  readonly problem?: { readonly reason: string; readonly fix: string };
  readonly client?: EngineClient;
}

const firstPauseMs = 250;
const longestPauseMs = 5_000;

export function createWatch(options: WatchOptions): EngineWatch {
  const feed$ = new Subject<FeedItem>();
  const memoryOf = createMemories(options);
  let watched: Memory | undefined;
  let status: WatchStatus = { connected: false };
  let lostAt: number | undefined;

  const session = async (signal: AbortSignal): Promise<void> => {
    const chosen = chooseEndpoint(options.inputs);
    const client = await connectEngine(chosen.endpoint);
    try {
      const info = await client.info();
      const host = { id: hostIdOf(info, chosen.address), name: info.Name ?? '' };
      const memory = await memoryOf(host);
      watched = memory;
      const { address, how } = chosen;
      const engine = info.ServerVersion ?? '';
      status = { connected: true, host, address, how, engine, api: client.api, client };
      options.telemetry.happened({ name: 'engineFound', endpoint: address, how, version: engine, api: client.api });
      const resolver = resolverOf(options, { client, info, host, endpoint: chosen.endpoint });
      const emit = (item: FeedItem): void => feed$.next(item);
      await runSession({ ...options, lostAt, host, client, resolver, memory, emit, signal });
    } finally {
      client.close();
    }
  };

  const lost = (error: unknown): void => {
    lostAt = options.now();
    options.telemetry.happened({ name: 'engineStreamEnded', reason: messageOf(error) });
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    let told = '';
    for (let pause = firstPauseMs; !signal.aborted; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        await session(signal);
      } catch (error) {
        if (signal.aborted) return;
        const wasConnected = status.connected;
        if (wasConnected) lost(error);
        const problem = describe(error, options.inputs);
        status = {
          connected: false,
          ...(status.host && { host: status.host }),
          ...(lostAt !== undefined && { lostAt }),
          problem,
        };
        if (wasConnected) pause = firstPauseMs;
        // An engine that is back at once is no trouble; and one line for one trouble, however often it is tried.
        else if (problem.reason !== told) options.telemetry.happened({ name: 'engineUnreachable', ...problem });
        told = wasConnected ? '' : problem.reason;
      }
      await sleep(pause, signal);
    }
  };

  return {
    feed$,
    containers: () => watched?.inventory.living() ?? [],
    container: (id) => watched?.inventory.alive(id),
    notes: () => watched?.notes,
    status: () => status,
    run,
  };
}

/** One for each engine that was ever met at this address. */
function createMemories({ bus, partitions, telemetry }: WatchOptions): (host: HostRef) => Promise<Memory> {
  const memories = new Map<string, Memory>();
  const malformed = (place: string, reason: string): void =>
    telemetry.happened({ name: 'recordRejected', topic: topic.collectorState, place, reason });
  return async ({ id }) => {
    const memory = memories.get(id) ?? createMemory(await readState(bus, { hostId: id, partitions, malformed }));
    memories.set(id, memory);
    return memory;
  };
}

interface Met {
  readonly client: EngineClient;
  readonly info: EngineInfo;
  readonly host: HostRef;
  readonly endpoint: Endpoint;
}

function resolverOf(
  { files, redactor, monitorPaths, telemetry }: WatchOptions,
  { client, info, host, endpoint }: Met,
): Resolver {
  return createResolver({
    client,
    files,
    info,
    hostId: host.id,
    enginePath: endpoint.kind === 'socket' ? endpoint.path : undefined,
    redactor,
    monitorPaths,
    refused: (request, error) => telemetry.happened({ name: 'engineRequestFailed', request, reason: messageOf(error) }),
  });
}

function describe(error: unknown, inputs: EndpointInputs): { endpoint: string; reason: string; fix: string } {
  if (error instanceof UserError) return { endpoint: named(inputs), reason: error.message, fix: error.fix };
  const chosen = chooseEndpoint(inputs);
  return { endpoint: chosen.address, ...unreachable(error, chosen) };
}

const named = ({ host, dockerHost, dockerContext }: EndpointInputs): string =>
  host || dockerHost || (dockerContext ? `context ${dockerContext}` : 'the current context');

export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

import { type Observable, Subject } from 'rxjs';
import type { Bus } from '../../shared/bus/port.ts';
import { messageOf, UnavailableError } from '../../shared/errors.ts';
import type { HostRef } from '../../shared/observation.ts';
import type { Redactor } from '../../shared/redact.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { connectEngine, type EngineClient } from './client.ts';
import { type ChosenEndpoint, chooseEndpoint, type EndpointInputs, unreachable } from './endpoint.ts';
import type { FeedItem } from './feed.ts';
import type { HostFiles } from './host-files.ts';
import { createInventory, type Inventory, type KnownContainer } from './inventory.ts';
import { createResolver } from './resolve.ts';
import { runSession, type SessionMemory } from './session.ts';
import { readState } from './state.ts';

export interface WatchOptions {
  readonly bus: Bus;
  readonly files: HostFiles;
  readonly inputs: EndpointInputs;
  readonly telemetry: Telemetry;
  readonly redactor: Redactor;
  readonly resyncMs: number;
  now(): number;
}

/** A watched engine, over all its restarts and ours. */
export interface EngineWatch {
  /** In the engine's order; hot, starts with `run`. */
  readonly feed$: Observable<FeedItem>;
  containers(): readonly KnownContainer[];
  status(): WatchStatus;
  /** Watches until the signal is aborted; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export interface WatchStatus {
  readonly connected: boolean;
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
  const memories = new Map<string, SessionMemory>();
  let inventory: Inventory = createInventory();
  let status: WatchStatus = { connected: false };
  let lostAt: number | undefined;

  const memoryOf = async (host: HostRef): Promise<SessionMemory> => {
    const known = memories.get(host.id);
    if (known !== undefined) return known;
    const state = await readState(options.bus, host.id);
    const restored = createInventory();
    restored.restore(state.containers);
    const memory: SessionMemory = {
      inventory: restored,
      cursor: state.cursor,
      lastBeat: state.lastBeat,
      recent: new Set(),
      execs: new Map(),
      touched: new Map(),
    };
    memories.set(host.id, memory);
    return memory;
  };

  const session = async (signal: AbortSignal): Promise<void> => {
    const chosen = chooseEndpoint(options.inputs);
    const client = await connect(chosen);
    try {
      const info = await client.info();
      const host = { id: info.ID || chosen.address, name: info.Name ?? '' };
      const memory = await memoryOf(host);
      inventory = memory.inventory;
      const engine = info.ServerVersion ?? '';
      const enginePath = chosen.endpoint.kind === 'socket' ? chosen.endpoint.path : undefined;
      const resolver = createResolver({
        client,
        files: options.files,
        info,
        hostId: host.id,
        enginePath,
        redactor: options.redactor,
      });
      status = { connected: true, host, address: chosen.address, how: chosen.how, engine, api: client.api, client };
      options.telemetry.happened({
        name: 'engineFound',
        endpoint: chosen.address,
        how: chosen.how,
        version: engine,
        api: client.api,
      });
      await runSession({
        ...options,
        lostAt,
        host,
        client,
        resolver,
        memory,
        emit: (item) => feed$.next(item),
        signal,
      });
    } finally {
      client.close();
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    let told = '';
    for (let pause = firstPauseMs; !signal.aborted; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        await session(signal);
        if (signal.aborted) return;
        throw new UnavailableError('the event stream ended');
      } catch (error) {
        if (signal.aborted) return;
        const wasConnected = status.connected;
        const problem = describe(error, options.inputs);
        status = { connected: false, ...(status.host && { host: status.host }), problem };
        if (wasConnected) {
          lostAt = options.now();
          options.telemetry.happened({ name: 'engineStreamEnded', reason: messageOf(error) });
          pause = firstPauseMs;
        }
        // One line for one trouble, however often it is tried.
        if (problem.reason !== told) options.telemetry.happened({ name: 'engineUnreachable', ...problem });
        told = wasConnected ? '' : problem.reason;
      }
      await sleep(pause, signal);
    }
  };

  return { feed$, containers: () => inventory.living(), status: () => status, run };
}

async function connect(chosen: ChosenEndpoint): Promise<EngineClient> {
  try {
    return await connectEngine(chosen.endpoint);
  } catch (error) {
    throw new UnavailableError(messageOf(error), { cause: error });
  }
}

function describe(error: unknown, inputs: EndpointInputs): { endpoint: string; reason: string; fix: string } {
  const endpoint = addressOf(inputs);
  const fix = error instanceof Error && 'fix' in error && typeof error.fix === 'string' ? error.fix : undefined;
  const said = unreachable(error, endpoint);
  return { endpoint, reason: fix === undefined ? said.reason : messageOf(error), fix: fix ?? said.fix };
}

function addressOf(inputs: EndpointInputs): string {
  try {
    return chooseEndpoint(inputs).address;
  } catch {
    return inputs.host ?? inputs.dockerHost ?? inputs.dockerContext ?? '';
  }
}

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

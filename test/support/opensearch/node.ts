import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { freePorts } from '../kafka/free-ports.ts';

/** A real OpenSearch node, without its security plugin: neither TLS nor users. */
export interface OpenSearchNode {
  readonly url: string;
  /** Asks its API. @throws when it answers no 2xx */
  ask(method: 'GET' | 'PUT' | 'POST', path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>>;
  /** The documents of an index or a data stream, by their ids. */
  documents(index: string): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  start(): Promise<void>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

interface Found {
  readonly hits: { readonly hits: readonly { readonly _id: string; readonly _source: Record<string, unknown> }[] };
}

export async function startOpenSearch(): Promise<OpenSearchNode> {
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-opensearch-'));
  const [http = 0, transport = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${http}`;
  let process: ChildProcess | undefined;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill(signal);
    await ended;
  };
  const ask: OpenSearchNode['ask'] = async (method, path, body) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const node: OpenSearchNode = {
    url,
    ask,
    documents: async (index) => {
      await ask('POST', `${index}/_refresh`);
      const found = (await ask('POST', `${index}/_search`, { size: 10_000 })) as unknown as Found;
      return new Map(found.hits.hits.map(({ _id, _source }) => [_id, _source]));
    },
    start: async () => {
      process = spawn(join(import.meta.dirname, 'node.sh'), [directory, String(http), String(transport)], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      const isReady = async () => (await ask('GET', '_cluster/health?timeout=1s')).status !== 'red' || undefined;
      await eventually(isReady, () => 'OpenSearch did not start', 180_000);
    },
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      await rm(directory, { recursive: true });
    },
  };
  await node.start();
  return node;
}

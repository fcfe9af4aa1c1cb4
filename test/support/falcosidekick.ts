import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FalcoPayload {
  uuid: string;
  readonly output: string;
  readonly priority: string;
  readonly rule: string;
  readonly time: string;
  output_fields: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly tags: readonly string[];
  readonly hostname: string;
}

/** What falcosidekick does with a request body: the payload as it hands it on, or that it answers 400. */
export function sidekickReads(body: string): FalcoPayload | 'bad request' {
  const sent = object(body);
  if (sent === undefined) return 'bad request';
  const texts = ['uuid', 'output', 'priority', 'rule', 'time', 'source', 'hostname'].map((key) => sent[key] ?? '');
  if (texts.some((text) => typeof text !== 'string')) return 'bad request';
  const [uuid = '', output = '', priority = '', rule = '', time = '', source = '', hostname = ''] = texts as string[];
  const tags = sent.tags ?? [];
  if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== 'string')) return 'bad request';
  const fields = sent.output_fields ?? {};
  if (typeof fields !== 'object' || Array.isArray(fields)) return 'bad request';
  const isWhole = output !== '' && rule !== '' && Object.keys(fields).length > 0;
  if (!isWhole || !priorities.has(priority.toLowerCase()) || !isGoTime(time)) return 'bad request';
  // A number there ends its process.
  for (const key of ['k8s.ns.name', 'k8s.pod.name']) {
    const value = (fields as Record<string, unknown>)[key];
    if (value !== undefined && typeof value !== 'string') throw new Error(`panic: ${key} is no string`);
  }
  const payload: FalcoPayload = {
    uuid: uuid === '' ? '' : '00000000-0000-4000-8000-000000000000',
    output,
    priority,
    rule,
    time,
    output_fields: fields as Record<string, unknown>,
    source: rule === 'Test rule' ? 'internal' : source === '' ? 'syscalls' : source,
    tags: (tags as string[]).toSorted(),
    hostname,
  };
  if (Buffer.byteLength(JSON.stringify({ ...payload, uuid: payload.uuid.padEnd(36, '0') })) > 4_096)
    payload.output_fields = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, cut(value)]));
  return payload;
}

const priorities = new Set([
  'emergency',
  'alert',
  'critical',
  'error',
  'warning',
  'notice',
  'informational',
  'info',
  'debug',
]);

/** Go's time.RFC3339, which takes a fraction of any length; its zero time is refused. */
const isGoTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  !text.startsWith('0001-01-01T00:00:00');

const cut = (value: unknown): unknown =>
  typeof value === 'string' && Buffer.byteLength(value) > 512 ? `${value.slice(0, 507)}[...]` : value;

function object(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

export interface Falcosidekick {
  readonly url: string;
  readonly payloads: FalcoPayload[];
  /** Answers so instead. */
  answers: { readonly status: number; readonly afterMs?: number } | undefined;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

/**
 * A stand-in for falcosidekick, which cannot be had as a package here: `POST /` as its handler documents it. It takes only POST, wants output,
 * rule, a priority that it knows, a time and fields, and answers 400 to everything else; gives each alert an id of its own and sorts its tags.
 */
export async function startFalcosidekick(): Promise<Falcosidekick> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { answers } = sidekick;
      if (answers !== undefined) {
        setTimeout(() => response.writeHead(answers.status).end(), answers.afterMs ?? 0).unref();
        return;
      }
      if (request.method !== 'POST') return void response.writeHead(400).end('Please send with post http method\n');
      const payload = sidekickReads(Buffer.concat(chunks).toString());
      if (payload === 'bad request') return void response.writeHead(400).end('Please send a valid request body\n');
      sidekick.payloads.push(payload);
      response.end();
    });
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const sidekick: Falcosidekick = {
    url: `http://127.0.0.1:${port}/`,
    payloads: [],
    answers: undefined,
    goAway: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
    comeBack: async () => {
      sidekick.answers = undefined;
      if (!server.listening) await listen(port);
    },
  };
  return sidekick;
}

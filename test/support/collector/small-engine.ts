import type { EngineClient } from '../../../collector/engine/client.ts';
import type {
  ContainerInspect,
  ExecInspect,
  ImageInspect,
  ImageListItem,
} from '../../../collector/engine/inspect-types.ts';

export interface SmallEvent {
  readonly type?: string;
  readonly action: string;
  readonly actor?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Milliseconds; the engine's clock. */
  readonly at: number;
}

/** A double of an engine behind our client's interface: says what it is told to say, remembers 256 events as the real one does. */
export interface SmallEngine {
  readonly client: EngineClient;
  readonly containers: Map<string, ContainerInspect>;
  readonly execs: Map<string, ExecInspect>;
  /** Answers to inspects of images, by id or name. */
  readonly images: Map<string, ImageInspect>;
  /** What it lists of them; undefined: it has no such list. */
  list(images: readonly ImageListItem[] | undefined): void;
  /** Requests so far, `inspect ID`, `exec ID`, `list`, `events SINCE`. */
  readonly requests: string[];
  say(event: SmallEvent): void;
  /** Sends a line as it is. */
  write(line: string): void;
  /** Ends every event stream. */
  cut(): void;
  /** Forgets its events, as a restart does. */
  restart(): void;
  /** Answers about this container wait until the returned function is called. */
  hang(id: string): () => void;
}

const memory = 256;
const perMs = 1_000_000n;

export function createSmallEngine(): SmallEngine {
  const containers = new Map<string, ContainerInspect>();
  const execs = new Map<string, ExecInspect>();
  const images = new Map<string, ImageInspect>();
  let listed: readonly ImageListItem[] | undefined = [];
  const requests: string[] = [];
  const streams = new Set<Stream>();
  const hanging = new Map<string, Promise<void>>();
  let said: { nano: bigint; line: string }[] = [];
  let count = 0n;
  const write = (line: string): void => {
    for (const stream of streams) stream.push(`${line}\n`);
  };
  const answer = async <T>(request: string, id: string, value: () => T): Promise<T> => {
    requests.push(request);
    await hanging.get(id);
    return value();
  };
  const client: EngineClient = {
    api: 'v1.41',
    info: async () => ({ ID: 'HOST', Name: 'anchor' }),
    version: async () => ({ Version: '20.10' }),
    listContainers: () => answer('list', '', () => [...containers.keys()].map((Id) => ({ Id }))),
    inspectContainer: (id) => answer(`inspect ${id}`, id, () => containers.get(id)),
    inspectExec: (id) => answer(`exec ${id}`, execs.get(id)?.ContainerID ?? '', () => execs.get(id)),
    inspectImage: async (name) => images.get(name),
    listImages: () => answer('images', '', () => (listed === undefined ? undefined : [...listed])),
    changes: async () => [],
    inspectVolume: async () => undefined,
    inspectPlugin: async () => undefined,
    inspectNetwork: async () => undefined,
    stats: async () => undefined,
    events: async (since, signal) => {
      requests.push(`events ${since ?? ''}`);
      const stream = createStream();
      const from = since === undefined ? undefined : BigInt(since.replace('.', ''));
      for (const { nano, line } of said) if (from !== undefined && nano >= from) stream.push(`${line}\n`);
      streams.add(stream);
      signal.addEventListener('abort', () => stream.end(new Error('aborted')));
      return stream;
    },
    refused: () => [],
    close: () => undefined,
  };
  return {
    client,
    containers,
    execs,
    images,
    list: (items) => {
      listed = items;
    },
    requests,
    write,
    say: ({ type = 'container', action, actor = '', attributes = {}, at }) => {
      count += 1n;
      const nano = BigInt(at) * perMs + count;
      const body = JSON.stringify({ Type: type, Action: action, Actor: { ID: actor, Attributes: attributes } });
      const line = `${body.slice(0, -1)},"scope":"local","timeNano":${nano}}`;
      said = [...said, { nano, line }].slice(-memory);
      write(line);
    },
    cut: () => {
      for (const stream of streams) stream.end();
      streams.clear();
    },
    restart: () => {
      said = [];
    },
    hang: (id) => {
      let answerNow = (): void => undefined;
      hanging.set(id, new Promise((resolve) => (answerNow = resolve)));
      return () => {
        hanging.delete(id);
        answerNow();
      };
    },
  };
}

type Stream = ReturnType<typeof createStream>;

function createStream() {
  const chunks: Buffer[] = [];
  let ended: { error?: Error } | undefined;
  let wake = (): void => undefined;
  return {
    push: (text: string): void => {
      chunks.push(Buffer.from(text));
      wake();
    },
    end: (error?: Error): void => {
      ended ??= error === undefined ? {} : { error };
      wake();
    },
    destroy: (): void => {
      ended ??= {};
      wake();
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
      for (;;) {
        const chunk = chunks.shift();
        if (chunk !== undefined) yield chunk;
        else if (ended?.error !== undefined) throw ended.error;
        else if (ended !== undefined) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

/** What inspect says of a running container. */
export function inspectOf(
  id: string,
  look: Partial<ContainerInspect> & { labels?: Record<string, string> } = {},
): ContainerInspect {
  const { labels = {}, ...rest } = look;
  return {
    Id: id,
    Name: `/${id}`,
    Created: '2026-11-24T10:00:00Z',
    Image: `sha256:${'1'.repeat(64)}`,
    Path: 'sleep',
    Args: ['3600'],
    State: { Status: 'running', Running: true, Pid: 4242, StartedAt: '2026-11-24T10:00:01Z' },
    Config: { Image: 'lab/bb:1', User: '', Labels: labels, Cmd: ['sleep', '3600'] },
    HostConfig: { Privileged: false, NetworkMode: 'none', RestartPolicy: { Name: 'no' } },
    Mounts: [],
    NetworkSettings: { Networks: {} },
    ...rest,
  };
}

/** A fixed id of 64 hex digits for a short name. */
export const hexId = (name: string): string => Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);

export function execOf(
  id: string,
  container: string,
  command: readonly string[],
  look: Partial<ExecInspect['ProcessConfig']> & { running?: boolean; exit?: number } = {},
): ExecInspect {
  const { running = true, exit = null, ...config } = look;
  const [entrypoint = '', ...rest] = command;
  return {
    ID: id,
    ContainerID: container,
    Running: running,
    ExitCode: exit,
    ProcessConfig: { tty: false, privileged: false, user: '', entrypoint, arguments: rest, ...config },
  };
}

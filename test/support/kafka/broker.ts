import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';
import { type Secured, secure } from './secure.ts';

/** A real broker for a test file. */
export interface Broker {
  /** host:port, without TLS and without a user. */
  readonly address: string;
  /** SIGKILL: what it had not written is gone, what it acknowledged is not. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: it hangs, connections stay open. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Starts a killed broker again on its log. */
  restart(): Promise<void>;
  /** Ends it and deletes its log. */
  stop(): Promise<void>;
}

/** A broker that asks who is there: besides `address`, whose clients may do everything, it has listeners with TLS and users. */
export interface SecureBroker extends Broker, Secured {}

/** Brokers of one cluster. */
export interface Cluster {
  readonly nodes: readonly Broker[];
  readonly addresses: readonly string[];
  /** Ends all and deletes their logs. */
  stop(): Promise<void>;
}

export interface BrokerOptions {
  /** Adds listeners with TLS, users and an authorizer (secure.ts). */
  readonly secure?: boolean;
  /** Lines of server.properties, stronger than ours. */
  readonly properties?: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export function startBroker(options: BrokerOptions & { readonly secure: true }): Promise<SecureBroker>;
export function startBroker(options?: BrokerOptions): Promise<Broker>;
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const dir = await mkdtemp(join(tmpdir(), 'moorwatch-kafka-'));
  const [port = 0, , sasl = 0, mtls = 0] = await freePorts(options.secure === true ? 4 : 2);
  if (options.secure !== true) {
    await writeProperties(dir, options.properties);
    return startIn(dir, { port });
  }
  const { secured, properties, formatArguments, grant } = await secure(dir, { plain: port, sasl, mtls });
  await writeFile(join(dir, 'format.args'), formatArguments.map((line) => `${line}\n`).join(''));
  await writeProperties(dir, { ...properties, ...options.properties });
  const broker = await startIn(dir, { port });
  await grant();
  return { ...broker, ...secured };
}

/** Brokers that are controllers, too; topics are kept on three, and an append needs two of them. */
export async function startCluster(options: { nodes?: number } = {}): Promise<Cluster> {
  const count = options.nodes ?? 3;
  const dir = await mkdtemp(join(tmpdir(), 'moorwatch-kafka-cluster-'));
  const ports = await freePorts(2 * count);
  const places = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    dir: join(dir, `node-${index + 1}`),
    port: ports[2 * index] ?? 0,
  }));
  const copies = Math.min(3, count);
  const shared = {
    'controller.quorum.voters': places.map(({ id, port }) => `${id}@127.0.0.1:${port + 1}`).join(','),
    'default.replication.factor': String(copies),
    'offsets.topic.replication.factor': String(copies),
    'transaction.state.log.replication.factor': String(copies),
    'transaction.state.log.min.isr': String(Math.min(2, copies)),
    'min.insync.replicas': String(Math.min(2, copies)),
  };
  const nodes = await Promise.all(
    places.map(async (place) => {
      await mkdir(place.dir);
      await writeProperties(place.dir, { 'node.id': String(place.id), ...shared });
      return startIn(place.dir, { port: place.port, heap: '300m' });
    }),
  );
  return {
    nodes,
    addresses: nodes.map(({ address }) => address),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function startIn(dir: string, { port, heap }: { port: number; heap?: string }): Promise<Broker> {
  const env = { ...process.env, ...(heap === undefined ? {} : { KAFKA_HEAP: heap }) };
  const start = async (): Promise<void> => void (await run(script('start.sh'), [dir, String(port)], { env }));
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    process.kill(Number(await readFile(join(dir, 'broker.pid'), 'utf8')), name);
  };
  await start();
  return {
    address: `127.0.0.1:${port}`,
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    restart: start,
    stop: async () => void (await run(script('stop.sh'), [dir])),
  };
}

async function writeProperties(dir: string, properties: Readonly<Record<string, string>> = {}): Promise<void> {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  if (lines.length > 0) await writeFile(join(dir, 'extra.properties'), lines.join(''));
}

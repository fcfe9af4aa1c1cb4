import { createWriteStream, type WriteStream } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import type { RecordedEvent } from '../../cli/demo/recording.ts';

/**
 * Records a session of a real engine for the fixture engine: `npx tsx test/support/record-session.ts SOCKET OUT.ndjson HOSTNAME`, then act on the engine;
 * SIGINT ends it. Bodies are fetched right after the event that may have changed them.
 */
async function record(socketPath: string, file: string, hostName: string): Promise<void> {
  const out = createWriteStream(file);
  const engine = { socketPath, out, hostName, written: new Map<string, string>() };
  await recordPing(engine);
  for (const path of ['/info', '/version', '/images/json', '/networks', '/volumes', '/plugins'])
    await recordBody(engine, path);
  const known = (await fetchJson(socketPath, '/containers/json?all=1')) as { Id: string; ImageID: string }[];
  for (const { Id, ImageID } of known) await recordContainer(engine, Id, ImageID);
  const stream = await open(socketPath, '/events');
  process.once('SIGINT', () => stream.destroy());
  process.stderr.write('recording; end with SIGINT\n');
  await recordEvents(engine, stream);
  await new Promise((resolve) => out.end(resolve));
}

interface Recorder {
  readonly socketPath: string;
  readonly out: WriteStream;
  readonly hostName: string;
  /** Last text written per path. */
  readonly written: Map<string, string>;
}

async function recordEvents(engine: Recorder, stream: IncomingMessage): Promise<void> {
  let rest = '';
  try {
    for await (const chunk of stream.setEncoding('utf8')) {
      const lines = `${rest}${String(chunk)}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) await recordEvent(engine, line);
    }
  } catch (error) {
    if (!stream.destroyed) throw error;
  }
}

async function recordEvent(engine: Recorder, line: string): Promise<void> {
  const nano = /"timeNano":(\d+)/.exec(line)?.[1];
  if (nano === undefined) return;
  const event = { ...(JSON.parse(line) as RecordedEvent), nano };
  write(engine, { type: 'event', event });
  const { Type, Actor } = event;
  if (Type === 'container') {
    await recordContainer(engine, Actor.ID, undefined);
    const exec = Actor.Attributes.execID;
    if (exec !== undefined && /^[0-9a-f]{64}$/.test(exec)) await recordBody(engine, `/exec/${exec}/json`);
  }
  if (Type === 'volume') await recordBody(engine, `/volumes/${Actor.ID}`);
  if (Type === 'network') await recordBody(engine, `/networks/${Actor.ID}`);
}

async function recordContainer(engine: Recorder, id: string, image: string | undefined): Promise<void> {
  const body = (await recordBody(engine, `/containers/${id}/json`)) as
    | { Image: string; State: { Running: boolean }; Mounts: { Type: string; Name?: string }[] }
    | undefined;
  const imageId = body?.Image ?? image;
  if (imageId !== undefined) await recordBody(engine, `/images/${imageId}/json`);
  for (const mount of body?.Mounts ?? [])
    if (mount.Type === 'volume') await recordBody(engine, `/volumes/${mount.Name ?? ''}`);
  const stats = `/containers/${id}/stats`;
  // Once: the engine takes its time to answer, and a recorder that lags behind would see later states.
  if (body?.State.Running === true && !engine.written.has(stats))
    await recordBody(engine, stats, '?stream=false&one-shot=true');
}

/** Writes the body when it differs from what was last written for the path. */
async function recordBody(engine: Recorder, path: string, query = ''): Promise<unknown> {
  const body = await fetchJson(engine.socketPath, path + query);
  if (body === undefined) return undefined;
  const text = JSON.stringify(path === '/info' ? { ...(body as object), Name: engine.hostName } : body);
  if (engine.written.get(path) === text) return body;
  engine.written.set(path, text);
  engine.out.write(`{"type":"body","path":${JSON.stringify(path)},"body":${text}}\n`);
  return body;
}

async function recordPing(engine: Recorder): Promise<void> {
  const response = await open(engine.socketPath, '/_ping');
  response.resume();
  const names = ['api-version', 'docker-experimental', 'ostype', 'server'];
  const headers = Object.fromEntries(
    names.flatMap((name) => (response.headers[name] === undefined ? [] : [[name, String(response.headers[name])]])),
  );
  write(engine, { type: 'ping', headers });
}

const write = (engine: Recorder, line: object) => void engine.out.write(`${JSON.stringify(line)}\n`);

function open(socketPath: string, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => void get({ socketPath, path }, resolve).on('error', reject));
}

/** undefined when the engine knows no such object. */
async function fetchJson(socketPath: string, path: string): Promise<unknown> {
  const response = await open(socketPath, path);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  // A container that dies while it is asked for its stats gives an empty answer.
  return response.statusCode === 200 && text !== '' ? JSON.parse(text) : undefined;
}

const [socketPath, file, hostName = 'harbour-1'] = process.argv.slice(2);
if (socketPath === undefined || file === undefined) {
  process.stderr.write('usage: tsx test/support/record-session.ts SOCKET OUT.ndjson [HOSTNAME]\n');
  process.exitCode = 2;
} else {
  await record(socketPath, file, hostName);
}

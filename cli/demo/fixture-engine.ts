import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { firstNano, type RecordedEvent, type RecordedLine, shiftTimes } from './recording.ts';

/** How many events a Docker engine keeps for `since` (moby daemon/events). */
const eventMemory = 256;

export interface FixtureOptions {
  readonly lines: readonly RecordedLine[];
  /** Time of the session's first event, ms since the epoch: all recorded times are moved there. */
  readonly startAt: number;
  /** Called between lines; resolves when the next event may be emitted. `waitMs` is the recorded pause. */
  readonly pace: (waitMs: number) => Promise<void>;
}

/** An engine made of a recording: answers GET requests from recorded bodies, streams recorded events, remembers the last 256. */
export interface FixtureEngine {
  listen(socketPath: string): Promise<void>;
  /** Resolves when somebody listens to the events. */
  readonly watched: Promise<void>;
  /** Plays the session once, from its first event to its last. */
  play(): Promise<void>;
  /** Events emitted so far, oldest first. */
  emitted(): readonly RecordedEvent[];
  close(): Promise<void>;
}

export function createFixtureEngine(options: FixtureOptions): FixtureEngine {
  const session = createSession(options);
  const server = createServer((request, response) => answer(session, request, response));
  return {
    listen: (socketPath) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(socketPath, resolve);
      }),
    watched: session.watched,
    play: () => play(session, options.pace),
    emitted: () => session.emitted,
    close: () => closeServer(server, session),
  };
}

interface Session {
  readonly lines: readonly RecordedLine[];
  readonly shiftMs: number;
  readonly bodies: Map<string, unknown>;
  readonly containers: Set<string>;
  readonly emitted: RecordedEvent[];
  readonly listeners: Set<(event: RecordedEvent) => void>;
  readonly streams: Set<ServerResponse>;
  readonly watched: Promise<void>;
  readonly firstListener: () => void;
  headers: Readonly<Record<string, string>>;
  position: number;
}

function createSession({ lines, startAt }: FixtureOptions): Session {
  let firstListener = () => {};
  const watched = new Promise<void>((resolve) => {
    firstListener = resolve;
  });
  const session: Session = {
    lines,
    watched,
    firstListener,
    shiftMs: startAt - Number(firstNano(lines) / 1_000_000n),
    bodies: new Map(),
    containers: new Set(),
    emitted: [],
    listeners: new Set(),
    streams: new Set(),
    headers: {},
    position: 0,
  };
  for (const line of lines) {
    if (line.type === 'event') break;
    apply(session, line);
    session.position += 1;
  }
  return session;
}

function apply(session: Session, line: RecordedLine): void {
  if (line.type === 'ping') session.headers = line.headers;
  if (line.type !== 'body') return;
  session.bodies.set(line.path, shiftTimes(line.body, session.shiftMs));
  const id = /^\/containers\/([0-9a-f]{64})\/json$/.exec(line.path)?.[1];
  if (id !== undefined) session.containers.add(id);
}

async function play(session: Session, pace: FixtureOptions['pace']): Promise<void> {
  let last = firstNano(session.lines);
  while (session.position < session.lines.length) {
    const line = session.lines[session.position];
    session.position += 1;
    if (line === undefined) break;
    apply(session, line);
    if (line.type !== 'event') continue;
    // Bodies that the recorder fetched right after the event belong to the engine's state at that event.
    while (session.lines[session.position]?.type === 'body') {
      const body = session.lines[session.position];
      if (body !== undefined) apply(session, body);
      session.position += 1;
    }
    const nano = BigInt(line.event.nano);
    await pace(Number((nano - last) / 1_000_000n));
    last = nano;
    emit(session, line.event);
  }
}

function emit(session: Session, recorded: RecordedEvent): void {
  const nano = (BigInt(recorded.nano) + BigInt(session.shiftMs) * 1_000_000n).toString();
  const event = { ...recorded, nano, time: Number(BigInt(nano) / 1_000_000_000n), timeNano: Number(nano) };
  if (event.Type === 'container' && event.Action === 'destroy') session.containers.delete(event.Actor.ID);
  session.emitted.push(event);
  for (const listener of session.listeners) listener(event);
}

/** One line of the event stream; `timeNano` is written digit by digit, as the engine does. */
function eventLine(event: RecordedEvent): string {
  const members = JSON.stringify({ ...event, nano: undefined, timeNano: undefined });
  return `${members.slice(0, -1)},"timeNano":${event.nano}}\n`;
}

function answer(session: Session, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://fixture');
  const path = url.pathname.replace(/^\/v\d+\.\d+/, '');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    send(response, 403, { message: 'the fixture engine is read-only' });
  else if (path === '/_ping') response.writeHead(200, { ...session.headers, 'content-type': 'text/plain' }).end('OK');
  else if (path === '/events') streamEvents(session, url, response);
  else if (path === '/containers/json')
    send(response, 200, listContainers(session, url.searchParams.get('all') !== null));
  else sendBody(session, path, response);
}

function sendBody(session: Session, path: string, response: ServerResponse): void {
  const body = session.bodies.get(withFullId(session, path));
  if (body === undefined) send(response, 404, { message: `no such object: ${path}` });
  else send(response, 200, body);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Containers may be asked for by name too. */
function withFullId(session: Session, path: string): string {
  if (session.bodies.has(path)) return path;
  const name = /^\/containers\/([^/]+)\/json$/.exec(path)?.[1];
  for (const id of session.containers) {
    const candidate = `/containers/${id}/json`;
    const body = session.bodies.get(candidate) as { Name?: string } | undefined;
    if (name !== undefined && body?.Name === `/${name}`) return candidate;
  }
  return path;
}

interface InspectBody {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly Created: string;
  readonly State: { readonly Status: string };
  readonly Config: { readonly Image: string; readonly Labels?: Record<string, string> | null };
}

function listContainers(session: Session, all: boolean): unknown[] {
  return [...session.containers]
    .map((id) => session.bodies.get(`/containers/${id}/json`) as InspectBody)
    .filter((body) => all || body.State.Status === 'running')
    .map((body) => ({
      Id: body.Id,
      Names: [body.Name],
      Image: body.Config.Image,
      ImageID: body.Image,
      Created: Math.floor(Date.parse(body.Created) / 1000),
      Labels: body.Config.Labels ?? {},
      State: body.State.Status,
      Status: body.State.Status,
    }));
}

function streamEvents(session: Session, url: URL, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const since = url.searchParams.get('since');
  if (since !== null) {
    const [seconds = '0', fraction = ''] = since.split('.');
    const from = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
    for (const event of session.emitted.slice(-eventMemory))
      if (BigInt(event.nano) >= from) response.write(eventLine(event));
  }
  const listener = (event: RecordedEvent) => void response.write(eventLine(event));
  session.listeners.add(listener);
  session.streams.add(response);
  session.firstListener();
  response.on('close', () => {
    session.listeners.delete(listener);
    session.streams.delete(response);
  });
}

function closeServer(server: Server, session: Session): Promise<void> {
  for (const stream of session.streams) stream.end();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

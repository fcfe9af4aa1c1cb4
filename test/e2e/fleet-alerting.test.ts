import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readRecording } from '../../cli/demo/recording.ts';
import type { Incident, IncidentUpdate } from '../../shared/incident.ts';
import { eventually } from '../support/eventually.ts';
import { connectFeed, type FeedClient } from '../support/feed-client.ts';
import { type Fleet, type PartName, startFleet } from '../support/fleet.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';
import { eventFindings, membership, type Outcome } from '../support/outcome.ts';

/** Two alerting instances die between an incident and its delivery, and while clients listen to their feeds. */
const lines = readRecording(join(import.meta.dirname, '../fixtures/busy-session.ndjson'));
const startAt = Date.now();
let broker: Broker;
let fleet: Fleet | undefined;
let receiver: Receiver | undefined;

beforeAll(async () => {
  broker = await startBroker();
});
afterEach(async () => {
  await fleet?.close();
  receiver?.close();
});
afterAll(() => broker.stop());

interface Request {
  readonly from: PartName;
  readonly update: IncidentUpdate;
  readonly idempotencyKey: string;
  readonly answered: boolean;
}

interface Receiver {
  readonly requests: readonly Request[];
  readonly port: number;
  /** Kills whoever sends next, and answers nothing; so many times. */
  killNext(times: number, kill: (sender: PartName) => Promise<void>): void;
  readonly toKill: () => number;
  close(): void;
}

async function startReceiver(): Promise<Receiver> {
  const requests: Request[] = [];
  let left = 0;
  let killing: ((sender: PartName) => Promise<void>) | undefined;
  const dying = new Set<PartName>();
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const from = (request.url ?? '').slice(1) as PartName;
      // Of two partitions two messages may come at once: one death is enough for both.
      if (dying.has(from)) return;
      const update = JSON.parse(body) as IncidentUpdate;
      const answered = left === 0;
      requests.push({ from, update, idempotencyKey: String(request.headers['idempotency-key']), answered });
      if (answered) return void response.writeHead(204).end();
      left -= 1;
      dying.add(from);
      void killing?.(from).finally(() => dying.delete(from));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    requests,
    port: (server.address() as AddressInfo).port,
    killNext: (times, kill) => {
      left = times;
      killing = kill;
    },
    toKill: () => left,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function launch(port: number): Promise<Fleet> {
  return startFleet({
    broker: broker.address,
    lines,
    startAt,
    hosts: 2,
    analyzers: 1,
    alertings: 2,
    // Everything, so that what arrives can be compared with what the log holds.
    config: (name) =>
      name.startsWith('alerting')
        ? `sinks: { hook: { type: webhook, url: "http://127.0.0.1:${port}/${name}" } }\nroutes: [{ to: [hook] }]`
        : '',
  });
}

let calm: Outcome;

test('undisturbed: every update is delivered once, in order', async () => {
  receiver = await startReceiver();
  const { requests } = receiver;
  const running = await launch(receiver.port);
  fleet = running;
  await running.ready();
  await running.play();
  await running.settled();
  const delivered = () => requests.map(({ idempotencyKey }) => idempotencyKey).sort();
  await expectSoon(delivered, () => idsIn(running), running.explain('what was delivered is not what the log holds'));
  expectInOrder(requests);
  calm = await running.settled();
  // Both took part: two hosts are two partitions.
  expect(membership(calm).length).toBeGreaterThan(10);
});

test('each is killed as its message arrives, six times; then a client resumes on the other: nothing lost, nothing doubled', async () => {
  receiver = await startReceiver();
  const { requests } = receiver;
  const running = await launch(receiver.port);
  fleet = running;
  await running.ready();
  receiver.killNext(6, async (sender) => {
    await running.kill(sender);
    running.start(sender);
  });
  await running.play({ to: 200, paceMs: 40 });
  await eventually(() => receiver?.toKill() === 0, running.explain('six messages did not arrive'), 60_000);
  await running.ready();

  const first = await subscribe(running, 'alerting-1', 'oldest');
  await running.play({ to: 300, paceMs: 20 });
  await eventually(() => eventsOf(first).length > 20, running.explain('no updates came on the feed'));
  await running.kill('alerting-1');
  expect(await first.closed).toBe(1006);
  const cursor = eventsOf(first).at(-1)?.cursor ?? '';
  const second = await subscribe(running, 'alerting-2', cursor);
  await running.play({ paceMs: 10 });
  running.start('alerting-1');
  await running.settled();

  const ids = () => idsIn(running);
  const told = () => [...eventsOf(first), ...eventsOf(second)].map(({ data }) => data?.id ?? '').sort();
  const delivered = () =>
    [...new Set(requests.filter(({ answered }) => answered).map(({ update }) => update.id))].sort();
  const inLog = async () => byId([...(await running.settled()).incidents.values()].map(({ incident }) => incident));
  const list = async (name: PartName): Promise<readonly Incident[]> =>
    byId((await running.get<{ incidents: Incident[] }>(name, '/api/v1/incidents?limit=500')).incidents);
  await expectSoon(told, ids, running.explain('the feed is not what the log holds'));
  second.socket.close();
  await expectSoon(delivered, ids, running.explain('what was delivered is not what the log holds'));
  await expectSoon(() => list('alerting-1'), inLog, running.explain('the first read model is not what the log holds'));
  await expectSoon(() => list('alerting-2'), inLog, running.explain('the second read model is not what the log holds'));

  expect(requests.filter(({ answered }) => !answered)).toHaveLength(6);
  for (const { update, idempotencyKey } of requests) expect(idempotencyKey).toBe(update.id);
  expectInOrder(requests);
  const all = await ids();
  expect(new Set(all).size).toBe(all.length);
  const disturbed = await running.settled();
  expect(eventFindings(disturbed)).toEqual(eventFindings(calm));
  expect(membership(disturbed)).toEqual(membership(calm));
});

const idsIn = async (running: Fleet) => (await running.updates()).map(({ id }) => id).sort();

const byId = (incidents: readonly Incident[]) => [...incidents].sort((a, b) => (a.id < b.id ? -1 : 1));

/** Sensors tell some things seconds later: what is compared is read anew until both sides are the same. */
async function expectSoon<T>(
  got: () => T | Promise<T>,
  expected: () => Promise<T>,
  explain: () => string,
): Promise<void> {
  const equal = async () => {
    expect(await got()).toEqual(await expected());
    return true;
  };
  await eventually(equal, explain, 60_000);
}

/** Of each incident every version comes, one after the other; what comes again came before. */
function expectInOrder(requests: readonly Request[]): void {
  const versions = new Map<string, number>();
  for (const { update } of requests) {
    const { id, version } = update.incident;
    const highest = versions.get(id) ?? 0;
    expect(version).toBeLessThanOrEqual(highest + 1);
    versions.set(id, Math.max(version, highest));
  }
}

async function subscribe(running: Fleet, name: PartName, after: string): Promise<FeedClient> {
  const client = connectFeed(running.url(name), { headers: running.headers() });
  await client.want(({ type }) => type === 'hello');
  client.say({ type: 'subscribe', id: 'all', after });
  return client;
}

const eventsOf = ({ got }: FeedClient) => got.map(({ message }) => message).filter(({ type }) => type === 'event');

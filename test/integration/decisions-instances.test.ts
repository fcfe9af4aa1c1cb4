import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { partitionOf } from '../../shared/bus/murmur2.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { answerHeader, decisionAnswerSchema, type Order } from '../../shared/decision.ts';
import type { Incident } from '../../shared/incident.ts';
import type { Suppression } from '../../shared/suppression.ts';
import { type AlertingOrder, type LogPlace, openLog, partitions } from '../support/alerting-process.ts';
import { type Child, spawnScript } from '../support/bus/child.ts';
import { runMoorwatch } from '../support/cli/run.ts';
import { eventually } from '../support/eventually.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';
import { finding, rule, told } from '../unit/alerting/finding-records.ts';

/** Decisions where two alertings share the partitions of one log: whoever is asked, the one that owns the host obeys, and the other after its death. */
const script = fileURLToPath(new URL('../support/alerting-process.ts', import.meta.url));
const token = 'a-token-of-sufficient-length-1234567';
const because = ['--reason', 'a known job', '--owner', 'sam'];

let directory = '';
let broker: Broker;
const children: Child[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'moorwatch-instances-'));
  await writeFile(join(directory, 'feed.token'), token, { mode: 0o600 });
  broker = await startBroker();
}, 240_000);
afterAll(async () => {
  for (const child of children) child.signal('SIGKILL');
  await Promise.all(children.map(({ exited }) => exited));
  await broker?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** A test that is tried again has a log of its own, and nobody of its first try is in it. */
let logs = 0;
const places: Readonly<Record<string, () => LogPlace>> = {
  'the embedded log': () => ({ path: join(directory, `${logs}.db`) }),
  Kafka: () => ({ broker: broker.address, topicPrefix: `two-${logs}.` }),
};
beforeEach(async () => {
  logs += 1;
  for (const child of children) child.signal('SIGKILL');
  await Promise.all(children.splice(0).map(({ exited }) => exited));
});

/** An alerting in a process of its own, and its feed as clients have it. */
async function start(log: LogPlace, instance: string) {
  const order: AlertingOrder = { log, instance, tokenFile: join(directory, 'feed.token') };
  const child = spawnScript(script, order);
  children.push(child);
  await child.said(/^listens/);
  const url = child.lines.find((line) => line.startsWith('listens'))?.split(' ')[1] ?? '';
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}/api/v1/${path}`, { headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const incidents = async () => (await get<{ incidents: Incident[] }>('incidents?limit=100')).incidents;
  const suppressions = async () => (await get<{ suppressions: Suppression[] }>('suppressions')).suppressions;
  const decisions = async () => (await get<{ decisions: Line[] }>('decisions')).decisions;
  return {
    child,
    incidents,
    suppressions,
    decisions,
    /** The partitions of the findings that it has now. */
    owned: () => {
      const has = new Set<number>();
      for (const [, what, n] of child.lines.flatMap((line) => [/^(owns|lost) (\d+)$/.exec(line) ?? []]))
        if (what === 'owns') has.add(Number(n));
        else has.delete(Number(n));
      return [...has];
    },
    /** All that a client can see of decisions and of what came of them. */
    view: async () => ({
      incidents: (await incidents()).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      suppressions: await suppressions(),
      decisions: await decisions(),
    }),
    incident: async (host: string, name: string): Promise<Incident> => {
      const found = (await incidents()).find((one) => one.host.id === host && one.container?.name === name);
      if (found === undefined) throw new Error(`no incident of ${name} on ${host}`);
      return found;
    },
    /** Sends it, and says by which id it is known. */
    decide: async (host: string, order: Order): Promise<string> => {
      const body = JSON.stringify({ host, reason: 'a known job', owner: 'sam', order });
      const response = await fetch(`${url}/api/v1/decisions`, { method: 'POST', headers, body });
      expect([response.status, response.headers.get('location')]).toEqual([202, expect.stringContaining('decisions/')]);
      return ((await response.json()) as { id: string }).id;
    },
    moorwatch: (...args: readonly string[]) =>
      runMoorwatch([...args, '--state-dir', directory, '--port', new URL(url).port]),
  };
}
interface Line {
  readonly id: string;
  readonly status: string;
  readonly text?: string;
  readonly order: { readonly type: string };
}

const hostIn = (partition: number): string => {
  for (let n = 0; ; n += 1) if (partitionOf(`host-${n}`, partitions) === partition) return `host-${n}`;
};
const names = ['acked', 'noted', 'done', 'noisy', 'loud'] as const;

/** For the nth time something is found in these containers of a host. */
const find = (log: Bus, host: string, n: number, which: readonly string[] = names): Promise<void> =>
  log.append(
    topic.findings,
    which.map((name) => {
      const at = Date.now();
      const more = { host: { id: host, name: host }, in: name, at, severity: 'low' as const, ...rule(`by-${name}`) };
      const one = finding(`${name}-${host}-${n}`, more);
      return { key: host, value: JSON.stringify(told(one)), at };
    }),
  );

/** What the answers in the log say, without any feed. */
async function auditOf(log: Bus): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { records } of log.read(topic.incidents, { from: 'oldest', follow: false }))
    for (const { headers, value } of records) {
      if (headers[answerHeader] === undefined) continue;
      const { decision, result, made } = decisionAnswerSchema.parse(JSON.parse(value ?? ''));
      lines.push(`${decision} ${made.order.type} ${result} ${made.actor.name}: ${made.reason}`);
    }
  return lines.toSorted();
}

it.each(Object.entries(places))('on %s', { timeout: 240_000 }, async (_, placeOf) => {
  const place = placeOf();
  const log = await openLog(place);
  const began = performance.now();
  const [a, b] = await Promise.all([start(place, 'a'), start(place, 'b')]);
  const shared = () => a.owned().length + b.owned().length === partitions && a.owned().length * b.owned().length > 0;
  await eventually(shared, () => `a has ${a.owned().join()}, b has ${b.owned().join()}`, 60_000);
  const [ofA, ofB] = [hostIn(a.owned()[0] ?? 0), hostIn(b.owned()[0] ?? 0)];
  for (const host of [ofA, ofB]) await find(log, host, 1);
  for (const one of [a, b]) await eventually(async () => (await one.incidents()).length === 10, undefined, 60_000);

  // Each is asked about the host that the other owns; what became of it, the other says, too.
  const asked = async (name: string, order: (incident: string) => Order): Promise<string> => {
    const id = await a.decide(ofB, order((await a.incident(ofB, name)).id));
    const answer = async () => (await b.decisions()).find((line) => line.id === id && line.status === 'applied');
    await eventually(answer, () => `${name} was not obeyed`);
    return id;
  };
  const scope = (name: string) => ({ rule: `by-${name}`, workload: `w-${name}` });
  const expiresAt = Date.now() + 86_400_000;
  await asked('acked', (incident) => ({ type: 'acknowledge', incident }));
  await asked('noted', (incident) => ({ type: 'note', incident }));
  await asked('done', (incident) => ({ type: 'close', incident }));
  await asked('noisy', () => ({ type: 'suppress', scope: scope('noisy'), expiresAt }));
  const suppression = await asked('loud', () => ({ type: 'suppress', scope: scope('loud'), expiresAt }));
  await asked('loud', () => ({ type: 'unsuppress', suppression }));

  const told = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await b.moorwatch(...args, ...because);
    expect({ args, code, err: code === 0 ? '' : err }).toEqual({ args, code: 0, err: '' });
    return out;
  };
  const idOf = async (name: string) => (await b.incident(ofA, name)).id;
  expect(await told('incidents', 'acknowledge', await idOf('acked'))).toContain('acknowledged: acked');
  expect(await told('incidents', 'note', await idOf('noted'))).toContain('noted on');
  expect(await told('incidents', 'close', await idOf('done'))).toContain('closed: done');
  const late = await b.moorwatch('incidents', 'close', await idOf('acked'), '--expect', '1', ...because);
  expect(late).toMatchObject({ code: 1, err: expect.stringContaining('it has version 2, not 1') as string });
  const add = (name: string) => ['suppressions', 'add', '--finding', `${name}-${ofA}-1`, '--for', '1d'];
  const preview = await b.moorwatch(...add('noisy'), '--preview');
  expect(preview.err).toContain('would have hidden 1 finding of 10, 1 of them low');
  expect(await b.suppressions()).toHaveLength(1);
  expect(await told(...add('noisy'))).toContain('suppressed until');
  expect(await told(...add('loud'))).toContain('suppressed until');
  const loud = (await a.suppressions()).find((one) => one.scope.rule === 'by-loud');
  expect(await told('suppressions', 'end', loud?.id ?? '')).toContain('ended');

  /** Both feeds say the same; what a person decided is as it was decided. */
  const same = async (one: Pick<typeof a, 'view'>, other: Pick<typeof a, 'view'>, count: number) => {
    await expect
      .poll(async () => (await one.view()).decisions.filter(({ status }) => status !== 'pending'), { timeout: 60_000 })
      .toHaveLength(count);
    await expect.poll(async () => other.view(), { timeout: 20_000 }).toEqual(await one.view());
    return one.view();
  };
  const inForce = async (one: typeof a, n: number): Promise<void> => {
    const state = async () => {
      // One question of each kind: who asks more than fifty times a second is refused.
      const [incidents, suppressions] = [await one.incidents(), await one.suppressions()];
      return [ofA, ofB].map((host) => {
        const ofHost = incidents.filter((incident) => incident.host.id === host);
        const [acked, noted, done, noisy, again] = names.map((name) =>
          ofHost.find(({ container }) => container?.name === name),
        );
        const hidden = suppressions.find(({ host: { id } }) => id === host);
        return [
          [acked?.status, acked?.count, acked?.acknowledgement?.by],
          [noted?.status, noted?.notes?.[0]?.note],
          [done?.status, done?.closedBy],
          [noisy?.count, hidden?.scope.rule, hidden?.suppressed],
          [again?.count],
        ];
      });
    };
    const sam = 'sam (by the local token)';
    const wanted = [['acknowledged', n, sam], ['open', 'a known job'], ['closed', sam], [1, 'by-noisy', n - 1], [n]];
    await expect.poll(state, { timeout: 60_000, interval: 250 }).toEqual([wanted, wanted]);
  };
  for (const host of [ofA, ofB]) await find(log, host, 2, ['acked', 'noisy', 'loud']);
  for (const one of [a, b]) await inForce(one, 2);
  const before = await same(a, b, 13);
  expect(before.suppressions).toHaveLength(2);
  expect(before.decisions.filter(({ status }) => status === 'refused')).toHaveLength(1);

  // Those were the owners all the time.
  expect([a.owned(), b.owned()]).toMatchObject([
    expect.arrayContaining([partitionOf(ofA, partitions)]),
    expect.arrayContaining([partitionOf(ofB, partitions)]),
  ]);
  a.child.signal('SIGKILL');
  await a.child.exited;
  // Nobody has that partition now: it waits.
  const killed = performance.now();
  const waiting = await b.decide(ofA, { type: 'note', incident: await idOf('noted') });
  for (const host of [ofA, ofB]) await find(log, host, 3, ['acked', 'noisy', 'loud']);
  await eventually(
    async () => (await b.decisions()).some(({ id, status }) => id === waiting && status === 'applied'),
    () => `b has ${b.owned().join()}`,
    60_000,
  );
  const took = performance.now() - killed;
  await eventually(() => b.owned().length === partitions);
  await inForce(b, 3);
  // One that has never seen any of it reads the same from the log.
  const c = await start(place, 'c');
  const after = await same(b, c, 14);
  expect(after.decisions.filter(({ id }) => id !== waiting)).toEqual(before.decisions);
  expect(await auditOf(log)).toEqual(
    after.decisions
      .map(({ id, order, status }) => `${id} ${order.type} ${status} sam (by the local token): a known job`)
      .toSorted(),
  );
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  console.log(`after SIGKILL the other obeyed within ${seconds(took)}; all took ${seconds(performance.now() - began)}`);
  for (const { child } of [b, c]) child.signal('SIGKILL');
  await Promise.all([b, c].map(({ child }) => child.exited));
  await log.close();
});

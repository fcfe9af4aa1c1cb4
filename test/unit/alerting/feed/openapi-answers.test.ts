import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeCursor } from '../../../../alerting/feed/cursor.ts';
import { knownStatuses } from '../../../../alerting/feed/status-answers.ts';
import { type RunningAlerting, startAlerting } from '../../../../alerting/main.ts';
import { type RunningAnalyzer, runAnalyzer } from '../../../../analyzer/main.ts';
import type { CollectorStatus } from '../../../../collector/status.ts';
import { topic } from '../../../../shared/bus/topics.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { encodeObservation } from '../../../../shared/observation.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { egress, host } from '../../../support/analyzer/observations.ts';
import { quickBaselines } from '../../../support/analyzer/play.ts';
import { ruleSet, wording } from '../../../support/analyzer/rules.ts';
import { eventually } from '../../../support/eventually.ts';
import { connectFeed } from '../../../support/feed-client.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';
import { type StubReceiver, startStubReceiver } from '../../../support/stub-receiver.ts';
import { finding, rule, told } from '../finding-records.ts';
import { lifecycle } from './use-records.ts';

/** What the feed answers and sends while analyzer and alerting run on one log, judged by the documents that it serves of itself. */
interface Document {
  readonly paths: Readonly<
    Record<string, { readonly get?: { readonly responses: Readonly<Record<string, { content: Content }>> } }>
  >;
}
type Content = Readonly<Record<string, { readonly schema: object }>>;

const collector: CollectorStatus & { readonly at: number; pid: number; rss: number; metrics: readonly [] } = {
  part: 'collector',
  connected: true,
  host,
  endpoint: 'unix:///var/run/docker.sock',
  engine: '27.0.0',
  api: '1.47',
  sensors: { connections: 'running', dns: 'failed' },
  stoppedSensors: { dns: 5 },
  coverage: { engine: 'full', procfs: 'full', kernel: 'none', imported: 'none' },
  missing: [],
  containers: 1,
  running: 1,
  watched: [
    { id: 'c', name: 'web', image: 'nginx:1', imageId: 'i', configHash: 'h', network: 'private', paused: false },
  ],
  log: { reachable: true, spooled: 0 },
  at: 5,
  pid: 7,
  rss: 1,
  metrics: [],
};
const workload = 'workload of docker.io/library/nginx';
const known = { ip: '192.0.2.1', port: 443 };
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
/** What does not fit, in words. */
const problems = (schema: object, value: unknown): string => {
  const fits = ajv.compile(schema);
  return fits(value) ? '' : ajv.errorsText(fits.errors);
};

describe('the documents of the feed', () => {
  let directory: string;
  let bus: MemoryBus;
  let receiver: StubReceiver;
  let analyzer: RunningAnalyzer;
  let alerting: RunningAlerting;
  let headers: Record<string, string>;

  const ask = (path: string) => fetch(`${alerting.url}${path}`, { headers, signal: AbortSignal.timeout(20_000) });
  const json = async (path: string): Promise<unknown> => (await ask(path)).json();
  const decide = async (order: object): Promise<string> => {
    const body = JSON.stringify({ host: host.id, reason: 'a drill', owner: 'sam', order });
    const sent = { method: 'POST', body, headers: { ...headers, 'content-type': 'application/json' } };
    return ((await (await fetch(`${alerting.url}/api/v1/decisions`, sent)).json()) as { id: string }).id;
  };
  const incidents = async () =>
    ((await json('/api/v1/incidents')) as { incidents: { id: string; status: string; notes?: [] }[] }).incidents;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'moorwatch-documents-'));
    bus = createMemoryBus();
    receiver = await startStubReceiver({ status: 422 });
    const common = { bus, telemetry: noTelemetry, clock: Date.now, version: '1' };
    const giveUp = (error: Error): void => expect.unreachable(error.message);
    const config = { baselines: quickBaselines };
    analyzer = await runAnalyzer({ ...common, giveUp, config, rules: ruleSet([]), wording, instance: 'a' });
    const tokenFile = join(directory, 'feed.token');
    alerting = await startAlerting({
      ...common,
      giveUp,
      config: configSchema.parse({ feed: { port: 0 }, sinks: { hook: { type: 'webhook', url: receiver.url } } }),
      logName: 'a test',
      tokenFile,
      metrics: async () => 'moorwatch_up 1\n',
      instance: 'a',
    });
    headers = { authorization: `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}` };
    const seen = [1, 2, 3, 4, 5, 6].map((at) => egress('c1', at, known, { age: 200 }));
    const fresh = egress('c1', 7, { ip: '203.0.113.9', port: 4444 }, { age: 200 });
    await bus.append(
      topic.observations,
      [...seen, fresh, lifecycle('start', 0)].map((one) => ({
        key: one.host.id,
        value: encodeObservation(one),
        at: one.at,
      })),
    );
    const gap = { id: 'o', kind: 'gap', at: 1, 'gap.reason': 'heartbeat-silent', 'gap.from': 1, 'gap.to': 2 };
    const more = [
      finding('f1', { host, ...rule('by-f1') }),
      finding('gap', {
        host,
        in: null,
        rule: { ...rule('gap').rule, catalogue: ['MON-01'] },
        observation: gap as ReturnType<typeof finding>['observation'],
      }),
    ];
    await bus.append(
      topic.findings,
      more.map((one) => ({ key: host.id, value: JSON.stringify(told(one)), at: one.at })),
    );
    const standstill = { part: 'standstill', of: 'analyzer/0', partition: 0, offset: 9, since: 1 };
    for (const [key, value] of [
      [`collector/${host.id}`, collector],
      ['standstill/analyzer/0/0@9', standstill],
    ] as const)
      await bus.append(topic.status, [{ key, value: JSON.stringify(value), at: 5 }]);
    await eventually(async () => (await incidents()).length > 2);
    const [first] = await incidents();
    await decide({ type: 'note', incident: first?.id });
    await decide({ type: 'acknowledge', incident: first?.id });
    await decide({ type: 'acknowledge', incident: 'nobody’s' });
    await decide({ type: 'suppress', scope: { rule: 'by-f1', workload: 'w-web' }, expiresAt: Date.now() + 3_600_000 });
    await decide({ type: 'mode', workload, mode: 'enforce' });
    const text = async (path: string): Promise<string> => (await ask(path)).text();
    await eventually(
      async () => (await text('/api/v1/decisions')).split('answeredAt').length === 6,
      () => 'five decisions are not answered',
    );
    await eventually(async () => (await text('/api/v1/sinks/hook/rejected')).includes('"place"'));
  }, 60_000);
  afterAll(async () => {
    await alerting?.stop();
    await analyzer?.stop();
    await receiver?.goAway();
    await bus?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('OpenAPI describes what every path answers, and answers are not empty', async () => {
    const [incident] = await incidents();
    const { findings } = (await json('/api/v1/findings')) as { findings: { id: string }[] };
    const { decisions } = (await json('/api/v1/decisions')) as { decisions: { id: string }[] };
    /** Of paths with a name in them, one that is there. */
    const named: Readonly<Record<string, string | undefined>> = {
      '/api/v1/incidents/{id}': incident?.id,
      '/api/v1/incidents/{id}/evidence': incident?.id,
      '/api/v1/findings/{id}': findings[0]?.id,
      '/api/v1/decisions/{id}': decisions[0]?.id,
      '/api/v1/baselines/{workload}': workload,
      '/api/v1/use/{workload}': 'shop/web',
      '/api/v1/sinks/{name}/rejected': 'hook',
    };
    const { paths } = (await json('/api/v1/openapi.json')) as Document;
    const asked: string[] = [];
    for (const [path, { get }] of Object.entries(paths)) {
      if (get === undefined || path === '/events') continue;
      const name = named[path];
      expect([path, path.includes('{') && name === undefined]).toEqual([path, false]);
      const since = path === '/api/v1/gaps' ? '?since=0' : '';
      const response = await ask(path.replace(/\{\w+\}/, encodeURIComponent(name ?? '')) + since);
      expect([path, response.status]).toEqual([path, 200]);
      const [type = '', described] = Object.entries(get.responses[200]?.content ?? {})[0] ?? [];
      expect([path, response.headers.get('content-type')?.startsWith(type)]).toEqual([path, true]);
      const text = await response.text();
      if (type === 'application/json') {
        expect([path, problems(described?.schema ?? {}, JSON.parse(text))]).toEqual([path, '']);
        // What is not there cannot be other than described.
        const values = Object.values(JSON.parse(text) as object);
        const isEmpty = values.some((value) => Array.isArray(value) && value.length === 0);
        expect([path, isEmpty && !path.includes('{')]).toEqual([path, false]);
      }
      asked.push(path);
    }
    expect(asked.length).toBeGreaterThan(20);
    const { error } = (await json('/api/v1/incidents/nobody')) as { error: object };
    expect(error).toMatchObject({ code: 'unknown-incident' });
  });

  it('statuses of this version are described member by member', async () => {
    const { processes } = (await json('/api/v1/status')) as { processes: { process: string }[] };
    const names = processes.map(({ process }) => process).sort();
    expect(names).toEqual([
      'alerting/a',
      'analyzer/a',
      'analyzer/ruleset/0',
      `collector/${host.id}`,
      'standstill/analyzer/0/0@9',
    ]);
    expect(knownStatuses.safeParse(processes).error?.issues).toBeUndefined();
  });

  it('refuse what is none of it', async () => {
    const { paths } = (await json('/api/v1/openapi.json')) as Document;
    const schema = paths['/api/v1/incidents/{id}']?.get?.responses[200]?.content['application/json']?.schema ?? {};
    const [incident] = await incidents();
    expect(problems(schema, incident)).toBe('');
    expect(problems(schema, { ...incident, surprise: 1 })).toContain('additional properties');
    expect(problems(schema, { ...incident, status: 'over' })).toContain('status');
  });

  it('AsyncAPI describes what both ends of the WebSocket say', async () => {
    const { channels } = (await json('/api/v1/asyncapi.json')) as {
      channels: { feed: { messages: Readonly<Record<'client' | 'server', { payload: object }>> } };
    };
    const { client: fromClient, server } = channels.feed.messages;
    const client = connectFeed(alerting.url, { headers });
    const hello = await client.want(({ type }) => type === 'hello');
    const say = (message: object): void => {
      expect([message, problems(fromClient.payload, message)]).toEqual([message, '']);
      client.say(message);
    };
    say({ type: 'subscribe', id: 'one', after: 'oldest', filter: { minSeverity: 'low', status: 'open' } });
    say({ type: 'subscribe', id: 'many', after: 'oldest', batchMs: 10 });
    say({ type: 'subscribe', id: 'lost', after: encodeCursor(new Map([[0, 1e9]])) });
    say({ type: 'subscribe', id: 'one' });
    const { message } = await client.want(({ type, sub }) => type === 'event' && sub === 'one');
    say({ type: 'ack', sub: 'one', cursor: message.cursor ?? hello.message.cursor });
    say({ type: 'unsubscribe', id: 'one' });
    for (const type of ['hello', 'event', 'events', 'gap', 'error']) await client.want((one) => one.type === type);
    for (const { message: one } of client.got) expect([one, problems(server.payload, one)]).toEqual([one, '']);
    expect(problems(server.payload, { ...message, surprise: 1 })).not.toBe('');
    expect(problems(fromClient.payload, { type: 'subscribe' })).not.toBe('');
    client.socket.close();
    await client.closed;
  });
});

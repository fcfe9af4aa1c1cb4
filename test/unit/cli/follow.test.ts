import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Feed, startFeed } from '../../../alerting/feed/server.ts';
import { createApi } from '../../../cli/client/api.ts';
import { type Connect, eventsOf, findingsOf, followed } from '../../../cli/client/follow.ts';
import { UnavailableError } from '../../../shared/errors.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { createMemoryBus, type MemoryBus } from '../../support/memory-bus.ts';
import { ended, finding, told as toldOf } from '../alerting/finding-records.ts';
import { incidentRecord, update } from '../alerting/updates.ts';

const token = 'a-token-of-sufficient-length-1234567';

describe('following', () => {
  let bus: MemoryBus;
  let feed: Feed;
  let port = 0;
  let interrupt: AbortController;
  const said: string[] = [];
  const terminal = { complain: (line: string) => void said.push(line) };

  const start = async () => {
    feed = await startFeed({
      bus,
      logName: 'a test',
      telemetry: noTelemetry,
      host: '127.0.0.1',
      port,
      allowedHosts: [],
      allowedOrigins: [],
      token,
      clock: Date.now,
      version: '1',
      metrics: async () => '',
    });
    await feed.ready;
    port = Number(new URL(feed.url).port);
  };
  beforeEach(async () => {
    port = 0;
    said.length = 0;
    bus = createMemoryBus({ partitions: 2 });
    interrupt = new AbortController();
    await start();
  });
  afterEach(async () => {
    interrupt.abort();
    await feed.stop();
    await bus.close();
  });

  const api = () => createApi(`http://127.0.0.1:${port}`, { token, file: '/the/feed.token' });
  /** What comes, until interrupted. */
  function collect<T>(connect: Connect<T>): { seen: T[]; over: Promise<void> } {
    const seen: T[] = [];
    const run = async () => {
      for await (const value of followed({ connect, signal: interrupt.signal, terminal, firstPauseMs: 5 }))
        seen.push(value);
    };
    return { seen, over: run() };
  }
  const findings = (...ids: string[]) =>
    bus.append(
      'findings',
      ids.map((id, i) => ({ key: 'h', value: JSON.stringify(toldOf(finding(id))), at: 1, partition: i % 2 })),
    );

  test('findings go on where they ended, over every end of the feed, without loss and without repeats', async () => {
    await findings('f1', 'f2', 'f3');
    await bus.append('findings', [{ key: 'h', value: JSON.stringify(ended('f1', 's')), at: 1, partition: 1 }]);
    const { signal } = interrupt;
    const { seen, over } = collect((after, opened) => findingsOf(api(), {}, { after, signal, opened }));
    const ids = () => seen.map(({ id }) => id).sort();
    await expect.poll(ids).toEqual(['f1', 'f2', 'f3']);
    for (const [i, id] of ['f4', 'f5'].entries()) {
      await feed.stop();
      await expect.poll(() => said).toHaveLength(2 * i + 1);
      await findings(`${id}a`, `${id}b`);
      await start();
      await expect.poll(() => said).toHaveLength(2 * i + 2);
    }
    const all = ['f1', 'f2', 'f3', 'f4a', 'f4b', 'f5a', 'f5b'];
    await expect.poll(ids).toEqual(all);
    await findings('f6');
    await expect.poll(ids).toEqual([...all, 'f6']);
    expect(said[0]).toMatch(/the feed at .* ended.*: trying again/);
    expect(said[1]).toMatch(/^connected again after \d+ s/);
    interrupt.abort();
    await over;
  });

  test('events that come while the feed is away are not missed, also when none came before', async () => {
    await bus.append('incidents', [update(1)].map(incidentRecord));
    await expect.poll(() => fetchTotal()).toBe(1);
    const { signal } = interrupt;
    const { seen, over } = collect((after, opened) => eventsOf(api(), {}, { after, signal, opened }));
    await expect.poll(() => seen.map(({ event }) => event)).toEqual(['hello']);
    await feed.stop();
    await bus.append('incidents', [update(2)].map(incidentRecord));
    await start();
    const told = () => seen.filter(({ event }) => event === 'incident').map(({ data }) => data);
    await expect.poll(told).toEqual([expect.stringContaining(update(2).id) as unknown]);
    interrupt.abort();
    await over;
  });

  const fetchTotal = async () => ((await api().get('/api/v1/incidents')) as { total: number }).total;

  test('a first connection that fails, and what trying again cannot help, end it', async () => {
    await feed.stop();
    const { signal } = interrupt;
    const first = collect((after, opened) => findingsOf(api(), {}, { after, signal, opened }));
    await expect(first.over).rejects.toMatchObject({ code: 69 });
    let connections = 0;
    const refused = collect(async function* (_after, opened) {
      connections += 1;
      opened();
      yield { cursor: 'c', value: 1 };
      throw connections < 3 ? new UnavailableError('gone') : new TypeError('a fault of ours');
    });
    await expect(refused.over).rejects.toThrow('a fault of ours');
    expect(refused.seen).toEqual([1, 1, 1]);
    await start();
  });
});

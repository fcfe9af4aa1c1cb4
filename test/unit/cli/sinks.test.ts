import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runSink } from '../../../alerting/sinks/run.ts';
import type { Delivery, Sink } from '../../../alerting/sinks/sink.ts';
import { createNotices } from '../../../shared/bus/notices.ts';
import type { IncidentUpdate } from '../../../shared/incident.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { startFeedLab } from '../../support/cli/feed-lab.ts';
import { runMoorwatch } from '../../support/cli/run.ts';
import { createMemoryBus, type MemoryBus } from '../../support/memory-bus.ts';
import { incidentRecord, update } from '../alerting/updates.ts';

const directory = mkdtempSync(join(tmpdir(), 'moorwatch-sinks-'));
const config = join(directory, 'm.yml');
const archive = join(directory, 'a.ndjson');
afterEach(() => rmSync(archive, { force: true }));

describe('moorwatch sinks test', () => {
  const test = (name: string, ...args: readonly string[]) =>
    runMoorwatch(['--config', config, 'sinks', 'test', name, ...args]);

  it('sends a marked incident and its end through the sink', async () => {
    writeFileSync(config, `sinks: { archive: { type: file, path: ${archive} } }`);
    const { code, out, err } = await test('archive');
    expect({ code, err }).toEqual({ code: 0, err: 'look for "TEST of Moorwatch" at the receiver\n' });
    expect(out).toMatch(
      /^opened: delivered \(\d+ ms, id [\da-f]{32}\)\nclosed: delivered \(\d+ ms, id [\da-f]{32}\)\n$/,
    );
    const sent = readFileSync(archive, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as IncidentUpdate);
    expect(sent.map(({ change, incident }) => [change, incident.status, incident.severity])).toEqual([
      ['opened', 'open', 'informational'],
      ['closed', 'closed', 'informational'],
    ]);
    expect(new Set(sent.map(({ incident }) => incident.id)).size).toBe(1);
    expect(sent[0]?.incident.title).toContain('TEST');
  });

  it.each([
    [422, 1, 'refused', 'check what the receiver expects'],
    [503, 69, 'not delivered', 'would wait and be tried again'],
    [401, 69, 'not delivered', 'would wait and be tried again'],
  ])('says what happened and what to check when the receiver answers %i', async (status, expected, told, advice) => {
    const server = createServer((_, response) => void response.writeHead(status).end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    writeFileSync(config, `sinks: { hook: { type: webhook, url: "http://127.0.0.1:${port}/s3cret" } }`);
    const { code, out, err } = await test('hook');
    server.closeAllConnections();
    server.close();
    expect(code).toBe(expected);
    expect(out).toContain(`opened: ${told}: the receiver answered ${status}`);
    expect(err).toContain(advice);
    expect(out + err).not.toContain('s3cret');
  });

  it('knows only the sinks of the configuration', async () => {
    writeFileSync(config, `sinks: { archive: { type: file, path: ${archive} } }`);
    const mistyped = await test('archiv');
    expect([mistyped.code, mistyped.err]).toEqual([
      78,
      'moorwatch: the configuration has no sink archiv\n  did you mean archive?\n',
    ]);
    expect((await test('constructor')).code).toBe(78);
  });
});

describe('moorwatch sinks', () => {
  let bus: MemoryBus;
  let lab: Awaited<ReturnType<typeof startFeedLab>>;
  beforeEach(async () => {
    bus = createMemoryBus({ partitions: 2 });
    lab = await startFeedLab({ bus });
    writeFileSync(config, 'sinks: { hook: { type: file, path: /x }, other: { type: file, path: /y } }');
  });
  afterEach(async () => {
    await lab.stop();
    await bus.close();
  });
  const moorwatch = (...args: readonly string[]) => lab.run(['--config', config, 'sinks', ...args]);

  /** A sink that answers as told, and what it was sent. */
  const running = (name: string, answer: (one: IncidentUpdate) => Delivery) => {
    const sent: string[] = [];
    const sink: Sink = {
      name,
      send: async (one) => {
        sent.push(one.id);
        return answer(one);
      },
    };
    const lag = { name: 'lag', help: '', giveUp: () => undefined };
    const notices = createNotices(noTelemetry, lag);
    const run = runSink({ bus, sink, type: 'test', telemetry: noTelemetry, notices, clock: Date.now });
    return { sent, stop: () => run.stop() };
  };

  it('sends a sink once more what it refused, once, under the same id, and nobody else anything', async () => {
    let isRepaired = false;
    const hostile = update(2, { title: 'evil\u001b[2J\u202e' });
    const refusing = running('hook', ({ id }) =>
      isRepaired || id !== hostile.id ? { kind: 'delivered' } : { kind: 'refused', reason: 'too \u001b[2J large' },
    );
    const other = running('other', () => ({ kind: 'delivered' }));
    await bus.append('incidents', [
      { ...incidentRecord(update(1)), partition: 1 },
      { ...incidentRecord(hostile), partition: 1 },
      { ...incidentRecord(update(3)), partition: 1 },
    ]);
    await expect.poll(() => [refusing.sent.length, other.sent.length]).toEqual([3, 3]);

    const listed = await moorwatch('rejected', 'hook');
    expect(listed.code).toBe(0);
    expect(listed.out).toMatch(/incident-2\s+1\s+high\s+no\s+too \\u\{1b\}\[2J large\s+evil\\u\{1b\}\[2J\\u\{202e\}/);
    expect((await moorwatch('rejected', 'other')).err).toContain('refused nothing');

    isRepaired = true;
    expect((await moorwatch('retry', 'hook')).err).toContain('messages sent again: 1;');
    await expect.poll(() => refusing.sent).toEqual([1, 2, 3, 2].map((n) => update(n).id));
    expect((await moorwatch('retry', 'hook')).err).toContain('messages sent again: 0;');
    expect((await moorwatch('rejected', 'hook', '--json')).out).toContain('"retried":{"at":');
    expect((await moorwatch('retry', 'other')).err).toContain('messages sent again: 0;');
    await bus.append('incidents', [{ ...incidentRecord(update(4)), partition: 1 }]);
    await expect.poll(() => other.sent).toEqual([1, 2, 3, 4].map((n) => update(n).id));
    expect(refusing.sent).toHaveLength(5);
    await refusing.stop();
    await other.stop();
  });

  it('parks what is refused again as a letter of its own', async () => {
    const refusing = running('hook', () => ({ kind: 'refused', reason: 'no' }));
    await bus.append('incidents', [incidentRecord(update(1))]);
    await expect.poll(() => bus.all('rejected').length).toBe(1);
    await moorwatch('retry', 'hook');
    await expect.poll(() => bus.all('rejected').length).toBe(3);
    const { out } = await moorwatch('rejected', 'hook', '--json');
    const letters = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { retried?: object });
    expect(letters.map(({ retried }) => retried !== undefined)).toEqual([true, false]);
    await refusing.stop();
  });

  it('says what cannot be sent again', async () => {
    const refusing = running('hook', () => ({ kind: 'delivered' }));
    await bus.append('incidents', [incidentRecord('{}')]);
    await expect.poll(() => bus.all('rejected').length).toBe(1);
    const { code, err } = await moorwatch('retry', 'hook');
    expect(code).toBe(1);
    expect(err).toMatch(/1 cannot be sent again: [^\n]*\n {2}0@0, \d{4}-[^\n]*Z: not an incident update/);
    await refusing.stop();
  });

  it('lists each sink with what became of its messages', async () => {
    const metric = (name: string, value: number) => ({
      name: `moorwatch_${name}_total`,
      attributes: { sink: 'hook' },
      value,
    });
    const sinks = [
      { name: 'hook', type: 'webhook', state: 'retrying', backlog: 7, lastError: 'down \u001b[2J', lastDelivered: 0 },
    ];
    const metrics = [metric('deliveries', 5), metric('deliveries_refused', 2), metric('deliveries_left_out', 9)];
    const value = JSON.stringify({ part: 'alerting', pid: 1, sinks, metrics });
    await bus.append('status', [{ key: 'alerting/a-1', value, at: Date.now() }]);
    await expect.poll(async () => (await moorwatch('list')).out).toContain('hook');
    expect((await moorwatch()).out).toMatch(
      /hook\s+webhook\s+retrying\s+7\s+5\s+2\s+9\s+1970-01-01T00:00:00.000Z\s+a-1\s+down \\u\{1b\}\[2J/,
    );
  });
});

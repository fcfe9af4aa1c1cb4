import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAlerting } from '../../alerting/main.ts';
import { runAnalyzer } from '../../analyzer/main.ts';
import type { Bus, BusRecord } from '../../shared/bus/port.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { type Finding, findingRecordSchema } from '../../shared/finding.ts';
import { encodeObservation, type Observation } from '../../shared/observation.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { nginx } from '../support/analyzer/decisions.ts';
import { egress } from '../support/analyzer/observations.ts';
import { quickBaselines } from '../support/analyzer/play.ts';
import { ruleSet, wording } from '../support/analyzer/rules.ts';
import { runMoorwatch } from '../support/cli/run.ts';
import { eventually } from '../support/eventually.ts';

const known = { ip: '192.0.2.1', port: 443 };
const fresh = { ip: '203.0.113.9', port: 4444 };
const later = { age: 200 };

describe('a decision on the embedded log', () => {
  let directory = '';
  let log: Bus;
  let url = '';
  let stopAnalyzer = async (): Promise<void> => undefined;
  let stopFeed = async (): Promise<void> => undefined;

  /** Each opening is as of another process. */
  const open = () =>
    openSqliteBus({
      path: join(directory, 'moorwatch.db'),
      synchronous: 'normal',
      topics: topicSpecs({ partitions: 4, retention: { ms: 3_600_000, bytes: 1e8 } }),
      pollMs: 5,
      leaseMs: 500,
    });
  const giveUp = (error: Error): void => expect.unreachable(error.message);
  const common = { telemetry: noTelemetry, clock: Date.now, giveUp };
  const startAnalyzer = async (): Promise<void> => {
    const bus = await open();
    const config = { baselines: quickBaselines };
    const analyzer = await runAnalyzer({ ...common, config, bus, rules: ruleSet([]), wording, instance: 'test' });
    stopAnalyzer = async () => {
      await analyzer.stop();
      await bus.close();
    };
  };
  const startFeed = async (): Promise<void> => {
    const bus = await open();
    const feed = await startAlerting({
      ...common,
      config: configSchema.parse({ feed: { port: 0 } }),
      bus,
      logName: 'a test',
      tokenFile: join(directory, 'feed.token'),
      metrics: async () => '',
      version: '1.2.3',
    });
    url = feed.url;
    stopFeed = async () => {
      await feed.stop();
      await bus.close();
    };
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'moorwatch-decisions-'));
    log = await open();
    await startAnalyzer();
    await startFeed();
  });
  afterEach(async () => {
    await stopFeed();
    await stopAnalyzer();
    await log.close();
    await rm(directory, { recursive: true });
  });

  const see = (...observations: readonly Observation[]) =>
    log.append(
      topic.observations,
      observations.map((one) => ({ key: one.host.id, value: encodeObservation(one), at: one.at })),
    );
  const records = async (name: string): Promise<readonly BusRecord[]> => {
    const all: BusRecord[] = [];
    for await (const page of log.read(name, { from: 'oldest', follow: false })) all.push(...page.records);
    return all;
  };
  const findings = async (): Promise<readonly Finding[]> =>
    (await records(topic.findings)).flatMap(({ value }) => {
      if (value === null) return [];
      const record = findingRecordSchema.parse(JSON.parse(value));
      return record.type === 'finding' ? [record.finding] : [];
    });
  const found = (count: number) =>
    eventually(async () => ((await findings()).length >= count ? await findings() : undefined));
  const moorwatch = (...args: readonly string[]) =>
    runMoorwatch([...args, '--state-dir', directory, '--port', new URL(url).port]);

  it('keeps away what it approved, over restarts, and opens no incident of its own', async () => {
    await see(...[1, 2, 3, 4, 5, 6].map((at) => egress('c1', at, known, later)), egress('c1', 7, fresh, later));
    const [finding] = await found(1);
    const reason = ['--reason', 'the new mirror', '--owner', 'sam'];
    const approved = await moorwatch('baselines', 'approve', '--finding', finding?.id ?? '', ...reason);
    expect(approved).toMatchObject({ code: 0, err: '' });
    expect(approved.out).toContain('203.0.113.9 port 4444/tcp: normal for');
    const [decision] = (await records(topic.observations)).slice(-1);
    // As of an API that did not hear that it was taken.
    if (decision === undefined) throw new Error('no decision in the log');
    const { key, value, headers, at } = decision;
    await log.append(topic.observations, [{ key, value, headers, at }]);

    await stopFeed();
    await stopAnalyzer();
    await startAnalyzer();
    await startFeed();
    await see(egress('c1', 8, fresh, later), egress('c1', 9, { ...fresh, port: 1 }, later));
    expect((await found(2)).map(({ observation }) => observation['destination.port'])).toEqual([4444, 1]);
    const listed = await moorwatch('baselines', 'decisions');
    expect(listed.out.match(/approve +applied +the new mirror/g)).toHaveLength(1);
    expect((await records(topic.findings)).filter(({ value: text }) => text?.includes('"answer"'))).toHaveLength(1);
    expect(await records(topic.rejected)).toEqual([]);
    const incidents = await eventually(async () => {
      const { out } = await moorwatch('incidents', '--json');
      return out.includes('port 1/tcp') ? out : undefined;
    });
    expect(incidents).not.toContain('the new mirror');
  });

  it('waits while no analyzer runs, and is obeyed when one does', async () => {
    await see(...[1, 2, 3, 4, 5, 6].map((at) => egress('c1', at, known, later)));
    await eventually(async () => ((await moorwatch('baselines', 'list')).out.includes('partial') ? true : undefined));
    await stopAnalyzer();
    const response = await fetch(`${url}/api/v1/decisions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${(await readFile(join(directory, 'feed.token'), 'utf8')).trim()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        host: 'anchor',
        reason: 'a drill',
        order: { type: 'mode', workload: nginx, mode: 'enforce' },
      }),
    });
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    expect((await moorwatch('baselines', 'decisions', id)).out).toContain('status: "pending"');
    await startAnalyzer();
    await eventually(async () =>
      (await moorwatch('baselines', 'decisions', id)).out.includes('status: "applied"') ? true : undefined,
    );
    await see(egress('c1', 8, fresh, later));
    expect(await found(1)).toMatchObject([{ severity: 'high' }]);
  });
});

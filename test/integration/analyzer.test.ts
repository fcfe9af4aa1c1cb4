import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runAnalyzer } from '../../analyzer/main.ts';
import { describeBaselines } from '../../shared/baseline-view.ts';
import type { Bus, BusRecord } from '../../shared/bus/port.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { type FindingRecord, findingRecordSchema } from '../../shared/finding.ts';
import { encodeObservation, type Observation } from '../../shared/observation.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { egress, exec, heartbeat, lifecycle, snapshot } from '../support/analyzer/observations.ts';
import { quickBaselines, told } from '../support/analyzer/play.ts';
import { gapRule, privileged, privilegedExec, ruleSet, socketMount, wording } from '../support/analyzer/rules.ts';
import { eventually } from '../support/eventually.ts';

const directories: string[] = [];
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** A log on disk; each opening is as of another process. */
async function newLog(): Promise<() => Promise<Bus>> {
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-analyzer-'));
  directories.push(directory);
  const topics = topicSpecs({ partitions: 2, retention: { ms: 3_600_000, bytes: 1e9 } });
  return () =>
    openSqliteBus({ path: join(directory, 'log.db'), topics, synchronous: 'normal', pollMs: 5, leaseMs: 500 });
}

const analyze = (bus: Bus) =>
  runAnalyzer({
    config: { baselines: quickBaselines },
    bus,
    telemetry: noTelemetry,
    clock: Date.now,
    rules: ruleSet([privileged, socketMount, privilegedExec, gapRule]),
    wording,
    instance: 'test',
    giveUp: (error) => expect.unreachable(error.message),
  });

const append = (bus: Bus, observations: readonly Observation[]) =>
  bus.append(
    topic.observations,
    observations.map((observation) => ({
      key: observation.host.id,
      value: encodeObservation(observation),
      at: observation.at,
    })),
  );

async function readAll(bus: Bus, name: string): Promise<readonly BusRecord[]> {
  const all: BusRecord[] = [];
  for await (const { records } of bus.read(name, { from: 'oldest', follow: false })) all.push(...records);
  return all;
}

const readFindings = async (bus: Bus): Promise<readonly FindingRecord[]> =>
  (await readAll(bus, topic.findings)).map(({ value }) => findingRecordSchema.parse(JSON.parse(value ?? '')));

const story: readonly Observation[] = [
  heartbeat(1, 1_000),
  ...snapshot('old', 2_000, { privileged: true, mounts: { '/s': '/run/docker.sock' } }),
  ...Array.from({ length: 40 }, (_, index) =>
    egress('old', 3_000 + index, { ip: '192.0.2.1', port: 443 }, { age: 90 }),
  ),
  egress('old', 4_000, { ip: '203.0.113.9', port: 4444 }, { age: 91 }),
  ...snapshot('new', 5_000, { privileged: true, mounts: { '/s': '/run/docker.sock' } }),
  lifecycle('old', 6_000, 'destroy'),
  exec('new', 7_000, ['sh'], { privileged: true, age: 90 }),
  egress('new', 8_000, { ip: '203.0.113.9', port: 4444 }, { age: 90 }),
  ...snapshot('wider', 9_000, { privileged: true, hash: 'one more capability' }),
];
const expected = ['CFG-01 container', 'MNT-01 mount:/s', 'NET-14', 'EXE-01', 'CFG-01 container'];

describe('the analyzer on the embedded log', () => {
  it('makes findings of observations, and its baselines can be read from its state', async () => {
    const bus = await (await newLog())();
    const analyzer = await analyze(bus);
    await append(bus, story);
    const records = await eventually(async () => {
      const found = await readFindings(bus);
      return found.length >= expected.length ? found : undefined;
    });
    expect(told(records)).toEqual(expected);
    const state = new Map((await readAll(bus, topic.analyzerState)).map(({ key, value }) => [key, value ?? 'null']));
    const views = describeBaselines(state);
    expect(views.find(({ feature }) => feature === 'egress-destinations')).toMatchObject({
      state: 'partial',
      items: [{ as: 'learned' }, { as: 'novel', count: 2 }],
    });
    expect(views.map(({ feature }) => feature)).toContain('exec-commands');
    await analyzer.stop();
    await bus.close();
  });

  it('makes each finding once, however often it is stopped in between', async () => {
    const open = await newLog();
    const first = await open();
    await append(first, story.slice(0, 20));
    await first.close();
    // Each round is a new process that gets some way and is cut off without being stopped.
    for (let round = 0; round < 12; round += 1) {
      const bus = await open();
      const analyzer = await analyze(bus);
      await analyzer.ready;
      if (round < 8) await append(bus, story.slice(20 + round * 6, 26 + round * 6));
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      await bus.close();
    }
    const bus = await open();
    const analyzer = await analyze(bus);
    const records = await eventually(async () => {
      const found = await readFindings(bus);
      return found.length >= expected.length ? found : undefined;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told(records)).toEqual(expected);
    expect(told(await readFindings(bus))).toEqual(expected);
    await analyzer.stop();
    await bus.close();
  });
});

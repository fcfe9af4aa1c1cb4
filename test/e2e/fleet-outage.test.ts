import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRecording } from '../../cli/demo/recording.ts';
import { eventually } from '../support/eventually.ts';
import { type Fleet, startFleet } from '../support/fleet.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';
import { eventFindings, fromEvents, membership, type Outcome } from '../support/outcome.ts';

/** The broker is away while two hosts go on: collectors keep what they observe, also over kill -9 and with a full disk. */
const lines = readRecording(join(import.meta.dirname, '../fixtures/busy-session.ndjson'));
const startAt = Date.now();
const awayMs = 25_000;
let broker: Broker;
let fleet: Fleet | undefined;
let smallDisk: string | undefined;

beforeAll(async () => {
  broker = await startBroker();
});
afterAll(async () => {
  await fleet?.close();
  if (smallDisk !== undefined) unmount(smallDisk);
  await broker.stop();
});

async function run(
  prefix: string,
  disturb: (fleet: Fleet) => Promise<void>,
  stateDirOf: (name: string) => string | undefined = () => undefined,
): Promise<Outcome> {
  const shape = { hosts: 2, analyzers: 1, alertings: 1 };
  fleet = await startFleet({ broker: broker.address, prefix, lines, startAt, stateDirOf, ...shape });
  try {
    await fleet.ready();
    await disturb(fleet);
    return await fleet.settled();
  } finally {
    await fleet.close();
    fleet = undefined;
  }
}

let calm: Outcome;

test('undisturbed', async () => {
  calm = await run('outage-calm.', (running) => running.play());
  expect(eventFindings(calm).length).toBeGreaterThan(20);
});

test('25 s without a broker, in which a collector is killed and starts again: all arrives, in order, and no host counts as silent', async () => {
  const disturbed = await run('outage-away.', async (running) => {
    await running.play({ to: 100, paceMs: 20 });
    await broker.kill();
    const back = delay(awayMs);
    await running.play({ to: 200, paceMs: 20 });
    // Its observations wait on disk then, not on their way.
    await eventually(
      () => /waits on disk/.test(running.stderr('collector-1')),
      running.explain('nothing waits on disk'),
      30_000,
    );
    await running.kill('collector-1');
    running.start('collector-1');
    await running.play({ to: 300, paceMs: 20 });
    await back;
    await broker.restart();
    await running.play({ paceMs: 20 });
  });
  expectSame(disturbed);
  expect(disturbed.findings.filter(({ summary }) => /no heartbeat from host/.test(summary))).toEqual([]);
  for (const host of new Set(calm.observations.map(({ host: { id } }) => id)))
    expect(orderOf(disturbed, host)).toEqual(orderOf(calm, host));
});

test('a full disk while the broker is away: the collector goes on, says so, and nothing is missing beside what a gap tells', async () => {
  const disk = mount('32m');
  smallDisk = disk;
  const stateDirOf = (name: string) => (name === 'collector-1' ? disk : undefined);
  const disturbed = await run(
    'outage-full.',
    async (running) => {
      await running.play({ to: 100, paceMs: 20 });
      fill(join(disk, 'ballast'));
      await broker.kill();
      await running.play({ to: 250, paceMs: 20 });
      await eventually(
        () => /what waits for the brokers/.test(running.stderr('collector-1')),
        running.explain('the full disk is not told'),
        30_000,
      );
      expect(running.running('collector-1')).toBe(true);
      rmSync(join(disk, 'ballast'));
      await broker.restart();
      await running.play({ paceMs: 20 });
    },
    stateDirOf,
  );
  const seen = fromEvents(disturbed);
  const missing = calm.observations.filter(({ id, event }) => event.time_nano !== undefined && !seen.has(id));
  const gaps = disturbed.observations.flatMap(({ gap, host }) =>
    gap === undefined ? [] : [{ ...gap, host: host.id }],
  );
  const untold = missing.filter(
    ({ at, host }) => !gaps.some((gap) => gap.host === host.id && at >= gap.from && at <= gap.to),
  );
  expect(untold).toEqual([]);
  if (missing.length === 0) expectSame(disturbed);
  expect(gaps.reduce((sum, { lost = 0 }) => sum + lost, 0)).toBeGreaterThanOrEqual(missing.length);
});

function expectSame(disturbed: Outcome): void {
  expect([...fromEvents(disturbed)].sort()).toEqual([...fromEvents(calm)].sort());
  expect(eventFindings(disturbed)).toEqual(eventFindings(calm));
  expect(membership(disturbed)).toEqual(membership(calm));
}

/** The engine's events of a host in the order in which the log first has each: what is sent again has the same id. */
const orderOf = ({ observations }: Outcome, host: string): readonly string[] => [
  ...new Set(observations.filter((one) => one.host.id === host).flatMap(({ event }) => event.time_nano ?? [])),
];

/** A file system of that size on a directory of its own. */
function mount(size: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'moorwatch-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', directory]);
  return directory;
}

function unmount(directory: string): void {
  execFileSync('umount', ['-l', directory]);
  rmSync(directory, { recursive: true, force: true });
}

/** Writes until nothing more fits. */
function fill(file: string): void {
  for (const bytes of [65_536, 4_096, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}

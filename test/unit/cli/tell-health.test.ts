import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { healthFileOf, readHealth, removeHealth } from '../../../cli/processes/health-file.ts';
import { identityOf } from '../../../cli/processes/identity.ts';
import { watchHealth } from '../../../cli/processes/tell-health.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-health-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const answers = { bounds: () => Promise.resolve([]) };

test('the file is there while the part runs, says what was noticed, and goes with it', async () => {
  const told: string[] = [];
  const telemetry = { ...noTelemetry, happened: ({ name }: { name: string }) => void told.push(name) };
  const health = watchHealth({ part: 'collector', telemetry, bus: 'sqlite' });
  health.telemetry.happened({ name: 'engineUnreachable', endpoint: 'e', reason: 'refused', fix: 'f' });
  expect(told).toEqual(['engineUnreachable']);
  const stop = health.tell(answers, directory);
  const file = healthFileOf(directory, 'collector', hostname());
  expect(readHealth(file)).toMatchObject({ pid: process.pid, notes: ['the engine does not answer: refused'] });
  await stop();
  expect(existsSync(file)).toBe(false);
});

test('before it works, the file says that it does not', async () => {
  const health = watchHealth({ part: 'analyzer', telemetry: noTelemetry, bus: 'kafka' });
  const file = healthFileOf(directory, 'analyzer', hostname());
  const takeBack = health.starting(directory);
  expect(readHealth(file)).toMatchObject({
    pid: process.pid,
    problem: expect.stringContaining('waits for the log') as unknown,
  });
  const stop = health.tell(answers, directory);
  expect(readHealth(file)).not.toHaveProperty('problem');
  await stop();
  health.starting(directory);
  takeBack();
  expect(existsSync(file)).toBe(false);
  rmSync(join(directory, 'health'), { recursive: true, force: true });
  writeFileSync(join(directory, 'health'), 'no directory');
  health.starting(directory)();
});

test('a file that cannot be written is told once and stops nothing', async () => {
  writeFileSync(join(directory, 'health'), 'no directory');
  const told: string[] = [];
  const telemetry = { ...noTelemetry, happened: ({ name }: { name: string }) => void told.push(name) };
  const stop = watchHealth({ part: 'analyzer', telemetry, bus: 'sqlite' }).tell(answers, directory);
  await stop();
  expect(told).toEqual(['statusFailed']);
});

test('files of processes that are gone are removed at the start, others stay', async () => {
  const write = (host: string, told: object) =>
    writeFileSync(healthFileOf(directory, 'analyzer', host), JSON.stringify({ at: 1, notes: [], ...told }));
  mkdirSync(join(directory, 'health'));
  write('dead', { pid: spawnSync('true').pid });
  write('alive', identityOf(process.ppid));
  write('other-container', { pid: 1, space: 'x', at: Date.now() });
  write('old-container', { pid: 1, space: 'x', at: Date.now() - 3_600_000 });
  const stop = watchHealth({ part: 'analyzer', telemetry: noTelemetry, bus: 'kafka' }).tell(answers, directory);
  await stop();
  expect(readdirSync(join(directory, 'health')).sort()).toEqual([
    'analyzer-alive.json',
    'analyzer-other-container.json',
  ]);
});

test("another process's file is left alone, and a name of a machine stays within the directory", () => {
  const file = healthFileOf(directory, 'analyzer', '../../etc');
  expect(file).toBe(join(directory, 'health', 'analyzer-.._.._etc.json'));
  mkdirSync(join(directory, 'health'));
  writeFileSync(file, JSON.stringify({ at: 1, pid: 2, notes: [] }));
  removeHealth(file, 3);
  expect(existsSync(file)).toBe(true);
  removeHealth(file, 2);
  expect(existsSync(file)).toBe(false);
});

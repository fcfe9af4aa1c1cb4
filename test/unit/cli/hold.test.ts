import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdState } from '../../../cli/processes/hold.ts';
import { readRunning, removeRunning, writeRunning } from '../../../cli/processes/running.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-hold-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const pidFile = (part: string): string => join(directory, `${part}.pid`);
/** What a process with this number would have left. */
const leave = (part: string, pid: number, born = ''): void =>
  writeFileSync(pidFile(part), JSON.stringify({ pid, born }));

test('a second process on the directory is refused, told who has it, and takes nothing away', () => {
  leave('analyzer', process.ppid);

  expect(() => holdState(directory, ['collector', 'analyzer', 'alerting'])).toThrow(
    expect.objectContaining({
      code: 69,
      message: expect.stringContaining(`process ${process.ppid} already runs the analyzer`) as unknown,
      fix: expect.stringContaining('--state-dir') as unknown,
    }),
  );

  expect(existsSync(pidFile('collector'))).toBe(false);
  expect(existsSync(pidFile('analyzer'))).toBe(true);
});

test('parts that differ share a directory, and what is let go can be taken again', () => {
  leave('analyzer', process.ppid);
  const release = holdState(directory, ['collector']);
  expect(JSON.parse(readFileSync(pidFile('collector'), 'utf8'))).toMatchObject({ pid: process.pid });
  expect(() => holdState(directory, ['collector'])).toThrow(/already runs the collector/);
  release();
  expect(existsSync(pidFile('collector'))).toBe(false);
  holdState(directory, ['collector'])();
});

test('what a dead process left is taken over, also when its number is another’s now, and so is half a file', () => {
  leave('collector', spawnSync('true').pid);
  leave('analyzer', process.ppid, 'another-boot/1');
  writeFileSync(pidFile('alerting'), '{"pi');
  const release = holdState(directory, ['collector', 'analyzer', 'alerting']);
  expect(JSON.parse(readFileSync(pidFile('analyzer'), 'utf8'))).toMatchObject({ pid: process.pid });
  release();
});

test('running.json of another process stays when this one ends', () => {
  const running = { url: 'http://127.0.0.1:1', pid: process.ppid, version: '1' };
  writeRunning(directory, running);
  removeRunning(directory, process.pid);
  expect(readRunning(directory)).toEqual(running);
  removeRunning(directory, process.ppid);
  expect(readRunning(directory)).toBeUndefined();
});

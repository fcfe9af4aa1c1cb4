import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runMoorwatch } from '../../support/cli/run.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-run-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('--help and --version are data and fine', async () => {
  expect(await runMoorwatch(['--help'])).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringContaining('findings') as unknown,
  });
  expect(await runMoorwatch(['--version'])).toMatchObject({ code: 0, out: '1.2.3\n' });
  expect((await runMoorwatch(['--help'])).out).toContain('monitor ');
});

test.each([
  [['bogus']],
  [['up', '--port', '99999']],
  [['findings', '--nonsense']],
  [['findings', '--since', 'soon']],
  [['rules', 'show']],
])('wrong usage %j is exit code 2 with a hint on stderr', async (args) => {
  const { code, out, err } = await runMoorwatch(args);
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).toContain('--help');
});

test('a wrong configuration is exit code 78, with every problem and what to do', async () => {
  const file = join(directory, 'm.yml');
  writeFileSync(file, 'feed:\n  prot: 1\nbus: x\n');
  for (const command of [['config', 'check'], ['up'], ['findings']]) {
    const { code, out, err } = await runMoorwatch([...command, '--config', file]);
    expect(code).toBe(78);
    expect(out).toBe('');
    expect(err).toContain(`${file}:2:3: feed.prot: unknown key; did you mean "port"?`);
    expect(err).toContain(`${file}:3:1: bus:`);
    expect(err).toContain('config check');
  }
});

test('flags win over the environment, and print says so', async () => {
  const { out } = await runMoorwatch(['config', 'print', '--json', '--state-dir', '/flag'], {
    MOORWATCH_STATE_DIR: '/env',
    MOORWATCH_FEED_PORT: '9',
  });
  const settings = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(settings).toContainEqual({ path: 'stateDir', value: '/flag', origin: '--state-dir' });
  expect(settings).toContainEqual({ path: 'feed.port', value: 9, origin: 'environment MOORWATCH_FEED_PORT' });
});

test('without a running Moorwatch the client commands are exit code 69 and say how to start it', async () => {
  for (const command of [['tail'], ['findings', '--json'], ['incidents'], ['baselines', 'list']]) {
    const { code, out, err } = await runMoorwatch([...command, '--state-dir', directory]);
    expect([command, code]).toEqual([command, 69]);
    expect(out).toBe('');
    expect(err).toContain('moorwatch up');
  }
});

test('quiet leaves data and errors only', async () => {
  expect((await runMoorwatch(['config', 'check', '-q'])).err).toBe('');
  expect((await runMoorwatch(['config', 'check'])).err).not.toBe('');
});

test('an engine.host that is no engine address is exit code 78 at its place, instead of waiting for it', async () => {
  const file = join(directory, 'm.yml');
  for (const host of ['ftp://x', 'foo', 'ssh://x']) {
    writeFileSync(file, `stateDir: ${directory}\nengine:\n  host: ${host}\n`);
    for (const command of [['config', 'check'], ['up'], ['collector']]) {
      const { code, err } = await runMoorwatch([...command, '--config', file]);
      expect([command, code]).toEqual([command, 78]);
      expect(err).toContain(`${file}:3:3: engine.host names ${host}`);
    }
  }
  expect((await runMoorwatch(['config', 'check', '--state-dir', directory], { DOCKER_HOST: 'foo' })).code).toBe(0);
});

test('config check warns of rule directories that are not there', async () => {
  const file = join(directory, 'm.yml');
  writeFileSync(file, `rules:\n  directories: [${directory}, /nowhere/rules]\n`);
  const { code, err } = await runMoorwatch(['config', 'check', '--config', file]);
  expect(code).toBe(0);
  expect(err.match(/warning/g)).toHaveLength(1);
  expect(err).toContain('rules.directories.1: there is no /nowhere/rules');
});

test('a token that others can read, or behind a symbolic link, is not sent', async () => {
  const token = join(directory, 'feed.token');
  writeFileSync(token, 'secret');
  chmodSync(token, 0o644);
  expect(await runMoorwatch(['findings', '--state-dir', directory, '--port', '1'])).toMatchObject({
    code: 77,
    err: expect.stringContaining(`chmod 600 ${token}`) as unknown,
  });
  chmodSync(token, 0o600);
  expect(await runMoorwatch(['findings', '--state-dir', directory, '--port', '1'])).toMatchObject({ code: 69 });
  rmSync(token);
  writeFileSync(join(directory, 'elsewhere'), 'secret', { mode: 0o600 });
  symlinkSync('elsewhere', token);
  expect(await runMoorwatch(['findings', '--state-dir', directory, '--port', '1'])).toMatchObject({ code: 77 });
});

test('a rule file with a mistake is told on stderr by rules test; stdout stays data', async () => {
  const rule = join(directory, 'r.yml');
  writeFileSync(rule, 'title: [\n');
  const { code, out, err } = await runMoorwatch(['rules', 'test', rule]);
  expect(code).toBe(1);
  expect(out).toBe('');
  expect(err).toContain(rule);
});

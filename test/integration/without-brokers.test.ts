import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startBroker } from '../support/kafka/broker.ts';

/** The product where nobody serves Kafka. */

const bin = join(import.meta.dirname, '../../bin/moorwatch.js');
const directory = mkdtempSync(join(tmpdir(), 'moorwatch-without-brokers-'));
// The monitor gives up root, and has to get through.
chmodSync(directory, 0o755);
/** Accepts connections and never says a word. */
let silent: Server;
beforeAll(async () => {
  silent = createServer((socket) => socket.on('error', () => undefined));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  silent.close();
  rmSync(directory, { recursive: true });
});

let runs = 0;
/** Starts a part on brokers there. */
function start(part: string, address: string) {
  runs += 1;
  const config = join(directory, `${runs}.yml`);
  const lines = [`stateDir: ${join(directory, String(runs))}`, 'bus: kafka', `kafka: { brokers: ['${address}'] }`];
  writeFileSync(config, [...lines, 'engine: { procfs: "", rootfs: "" }', 'feed: { port: 0 }'].join('\n'));
  const { child, told, ended } = run([part, '--config', config, '--log-format', 'json']);
  return { child, told, ended, config };
}

function run(args: readonly string[]) {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, DOCKER_HOST: `unix://${join(directory, 'none.sock')}` },
  });
  const told = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told.stderr += text;
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return { child, told, ended };
}

test('who waits for brokers is known to the doctor and is not healthy', { timeout: 60_000 }, async () => {
  const { child, ended, config } = start('analyzer', address());
  let last = '';
  const waiting = async () => {
    const check = run(['healthcheck', 'analyzer', '--config', config]);
    const code = await check.ended;
    last = check.told.stderr;
    return code === 1 && last.includes('waits for the log');
  };
  await eventually(waiting, () => last, 20_000);
  const doctor = run(['doctor', '--config', config]);
  await doctor.ended;
  expect(doctor.told.stdout).toContain(`analyzer here, process ${child.pid}: it has not begun to work`);
  expect(doctor.told.stdout).not.toContain('not running here');
  child.kill('SIGTERM');
  expect(await ended).toBe(143);
});

test('with its broker gone a feed says so by name, and works again afterwards', { timeout: 120_000 }, async () => {
  const broker = await startBroker();
  const { child, told, ended, config } = start('alerting', broker.address);
  const heard = (event: string) =>
    eventually(
      () => told.stderr.includes(event),
      () => told.stderr,
      60_000,
    );
  const findings = async () => {
    const asked = run(['findings', '--config', config]);
    return { code: await asked.ended, stderr: asked.told.stderr };
  };
  try {
    await heard('feedListening');
    expect(await findings()).toEqual({ code: 0, stderr: '' });
    await broker.kill();
    const { code, stderr } = await findings();
    expect(code).toBe(69);
    expect(stderr).toContain(`the log (Kafka at ${broker.address}) does not answer`);
    expect(stderr).toContain('moorwatch doctor');
    await heard('busSessionLost');
    await broker.restart();
    await heard('busSessionRegained');
    await eventually(async () => (await findings()).code === 0);
  } finally {
    child.kill('SIGTERM');
    await ended;
    await broker.stop();
  }
});

const address = (): string => `127.0.0.1:${(silent.address() as AddressInfo).port}`;

/** A start without brokers has waits of 10 s in it; who is told to stop has none of them. */
test.each([
  ['up', 1_500],
  ['up', 4_000],
  ['collector', 1_500],
  ['analyzer', 1_500],
])('%s ends when it is told to, %i ms after its start', { timeout: 13_000 }, async (part, afterMs) => {
  const { child, ended } = start(part, address());
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGTERM');
  expect(await ended).toBe(143);
});

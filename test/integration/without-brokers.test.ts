import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** The product where nobody serves Kafka. */

const bin = join(import.meta.dirname, '../../bin/moorwatch.js');
const directory = mkdtempSync(join(tmpdir(), 'moorwatch-without-brokers-'));
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
  const child = spawn(process.execPath, [bin, part, '--config', config, '--log-format', 'json'], {
    env: { ...process.env, DOCKER_HOST: `unix://${join(directory, 'none.sock')}` },
  });
  const told = { stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told.stderr += text;
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return { child, told, ended };
}

const address = (): string => `127.0.0.1:${(silent.address() as AddressInfo).port}`;

/** A start without brokers has waits of 10 s in it; who is told to stop has none of them. */
test.each([
  ['up', 1_500],
  ['up', 4_000],
  ['collector', 1_500],
  ['analyzer', 1_500],
])('%s ends when it is told to, %i ms after its start', { timeout: 9_500 }, async (part, afterMs) => {
  const { child, ended } = start(part, address());
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGTERM');
  expect(await ended).toBe(143);
});

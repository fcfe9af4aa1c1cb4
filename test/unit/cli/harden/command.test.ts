import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runMoorwatch } from '../../../support/cli/run.ts';
import { destination, workloadUse } from './uses.ts';

let directory = '';
let server: Server;
let uses: object[] = [];
let baselines: object[] | undefined;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'harden-'));
  writeFileSync(join(directory, 'feed.token'), 'a-token-of-sufficient-length-1234567', { mode: 0o600 });
  baselines = undefined;
  server = createServer((request, response) => {
    if (request.url === '/api/v1/use/shop%2Fweb') return response.end(JSON.stringify({ uses }));
    if (request.url === '/api/v1/baselines')
      return response.end(JSON.stringify({ baselines: [{ workload: { name: 'shop/web\u001b[2J' } }] }));
    if (request.url === '/api/v1/baselines/abcdef0123' && baselines !== undefined)
      return response.end(JSON.stringify({ baselines }));
    response.statusCode = 404;
    return response.end(JSON.stringify({ error: { code: 'x', message: 'not there', fix: 'look' } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

const harden = (...args: readonly string[]) => {
  const port = String((server.address() as AddressInfo).port);
  const common = ['--config', '/dev/null', '--state-dir', directory];
  return runMoorwatch([...common, 'baselines', 'harden', 'shop/web', '--port', port, ...args]);
};
const use = workloadUse();
const connected = (ip: string) => workloadUse({ network: { ...use.network, egress: [destination({ ip })] } });

test('prints what is proposed and what is not, and then in each language', async () => {
  uses = [connected('203.0.113.7')];
  const { code, out } = await harden();
  expect(code).toBe(0);
  for (const part of [
    'user: not proposed\n    not observed: it runs as root',
    'cap_drop:\n',
    '--cap-drop ALL',
    'table inet mw_',
    '*filter',
  ])
    expect(out).toContain(part);
  expect(JSON.parse((await harden('--as', 'json')).out)).toMatchObject({ pids: { value: 64 } });
});

test('of little that was seen it says what to ask for, and of a name that is none which was meant', async () => {
  uses = [workloadUse({ time: { ...use.time, watchedMs: 60_000 } })];
  expect((await harden()).err).toContain('--anyway proposes from what there is');
  expect((await harden('--anyway')).err).not.toContain('--anyway');
  const port = String((server.address() as AddressInfo).port);
  const asked = ['baselines', 'harden', 'shop/wbe', '--port', port];
  const { code, err } = await runMoorwatch(['--config', '/dev/null', '--state-dir', directory, ...asked]);
  expect(code).toBe(1);
  expect(err).toContain('no workload of the id or name "shop/wbe" has a baseline');
  expect(err).toContain('there are: shop/web\\u{1b}[2J');
});

test('what the baseline does not trust is not allowed', async () => {
  const feature = (items: object[], state = 'steady') => ({
    workload: { id: 'abcdef0123' },
    feature: 'egress-destinations',
    state,
    phases: { steady: { missing: [] } },
    items,
  });
  uses = [connected('203.0.113.7')];
  baselines = [feature([{ text: '203.0.113.7 port 443/tcp', as: 'learned' }])];
  const trusted = (await harden('--as', 'nftables')).out;
  expect(trusted).toContain('ip daddr 203.0.113.7 tcp dport 443 accept');
  expect(trusted).not.toContain('nothing is learned');
  baselines = [feature([{ text: '203.0.113.7 port 443/tcp', as: 'novel' }])];
  const untrusted = (await harden('--as', 'nftables')).out;
  expect(untrusted).not.toContain('ip daddr 203.0.113.7');
  expect(untrusted).toContain('# Not allowed: 203.0.113.7 port 443/tcp: told as new');
  baselines = [feature([{ text: '203.0.113.7 port 443/tcp', as: 'novel', approved: { by: 'ada' } }])];
  expect((await harden('--as', 'nftables')).out).toBe(trusted);
  // Where there is no room, what was told is not remembered.
  baselines = [feature([{ text: '203.0.113.8 port 443/tcp', as: 'learned' }], 'too-large')];
  expect((await harden('--as', 'nftables')).out).toContain('# Not allowed: 203.0.113.7 port 443/tcp: the baseline had');
  baselines = [feature([{ text: '203.0.113.7 port 443/tcp', as: 'learned' }], 'too-large')];
  expect((await harden('--as', 'nftables')).out).toContain('ip daddr 203.0.113.7 tcp dport 443 accept');
});

test('rules that are not proposed are none: that is said, and why', async () => {
  uses = [workloadUse({ network: { ...use.network, leftOut: 1 } })];
  const { code, out, err } = await harden('--as', 'docker-user');
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('more destinations than are kept');
});

test('a name of several workloads is not guessed at', async () => {
  uses = [use, workloadUse({ workload: { id: 'other', name: 'shop/web' }, host: { id: 'h2', name: 'buoy' } })];
  const { code, err } = await harden();
  expect(code).toBe(2);
  expect(err).toContain('abcdef0123 (host anchor, image acme/web:1); other (host buoy');
  expect(JSON.parse((await harden('--on', 'buoy', '--as', 'json')).out)).toMatchObject({ workload: { id: 'other' } });
  expect((await harden('--on', 'nowhere')).err).toContain('there is no shop/web on that host');
});

test('hours are a number', async () => {
  expect((await harden('--min-hours', 'few')).err).toContain('hours are a number');
});

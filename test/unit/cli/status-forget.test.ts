import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStatusBoard } from '../../../alerting/feed/status-board.ts';
import { createIncidentStage } from '../../../alerting/incidents/stage.ts';
import { canaryHosts } from '../../../alerting/watch/canaries.ts';
import type { Processing } from '../../../shared/bus/port.ts';
import { startFeedLab } from '../../support/cli/feed-lab.ts';
import { createMemoryBus, type MemoryBus } from '../../support/memory-bus.ts';

const minute = 60_000;
const collector = (id: string, name: string) => ({
  part: 'collector',
  pid: 1,
  connected: true,
  host: { id, name },
  sensors: { canary: 'running' },
  coverage: { engine: 'full' },
  missing: [],
});
const because = ['--reason', 'scrapped', '--owner', 'sam'];

describe('moorwatch status forget', () => {
  let bus: MemoryBus;
  let lab: Awaited<ReturnType<typeof startFeedLab>>;
  let stage: Processing;
  let now = 1_000 * minute;
  const reading = new AbortController();
  let board: ReturnType<typeof createStatusBoard>;
  const say = (process: string, status: object) =>
    bus.append('status', [{ key: process, value: JSON.stringify(status), at: now }]);
  const status = (...args: readonly string[]) => lab.run(['status'], ...args);

  beforeEach(async () => {
    bus = createMemoryBus({ clock: () => now });
    lab = await startFeedLab({ bus, clock: () => now });
    board = createStatusBoard({ bus, signal: reading.signal, onFailure: (reason) => expect.unreachable(reason) });
    const options = { quietMs: 60 * minute, reopenMs: 60 * minute, suppressionMs: minute };
    stage = bus.process('alerting', 'findings', { stateTopic: 'incident-state', open: createIncidentStage(options) });
    await say('collector/OLD', collector('OLD', 'old-host\u001b[2J'));
    now += 5 * minute;
    await say('collector/NEW', collector('NEW', 'new-host'));
    await say('analyzer/a', { part: 'analyzer', pid: 2, rules: { loaded: 1 }, ruleSet: 'a', partitions: [0] });
    await say('alerting/a', { part: 'alerting', pid: 3, url: 'http://127.0.0.1:7373', sinks: [] });
    await expect.poll(async () => (await status('--json')).out).toContain('alerting/a');
  });
  afterEach(async () => {
    reading.abort();
    await stage.stop();
    await lab.stop();
    await bus.close();
  });

  it('ends that a host is missed, says who decided and why, and watches it anew when it comes back', async () => {
    const missed = await status();
    expect(missed.code).toBe(1);
    expect(missed.out).toContain('moorwatch status forget HOST');
    const forgotten = await status('forget', 'OLD', ...because);
    expect(forgotten.err).toBe('');
    expect(forgotten).toMatchObject({
      code: 0,
      out: 'old-host\\u{1b}[2J is not missed any more, until its collector speaks again\n',
    });
    await expect.poll(async () => (await status()).code).toBe(0);
    await expect.poll(() => canaryHosts(board.list()).map(({ id }) => id)).toEqual(['NEW']);
    const { out } = await lab.run(['baselines', 'decisions'], '--json');
    expect(out).toMatch(/"name":"sam \(by .*"reason":"scrapped","order":\{"type":"forget-host"\}/);

    await say('collector/OLD', collector('OLD', 'old-host'));
    await expect.poll(async () => (await status('--json')).out).toContain('collector/OLD');
    now += 5 * minute;
    await say('alerting/a', { part: 'alerting', pid: 3, url: 'http://127.0.0.1:7373', sinks: [] });
    await expect.poll(async () => (await status()).out).toContain('! collector/OLD: has said nothing for 5 min');
  });

  it('names the hosts that are known when that one is not', async () => {
    const { code, err } = await status('forget', 'elsewhere', ...because);
    expect(code).not.toBe(0);
    expect(err).toContain('no host of this id or name is watched; known are: new-host, old-host\\u{1b}[2J');
  });

  it('does not forget a host that speaks, and wants a reason', async () => {
    const refused = await status('forget', 'new-host', ...because);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('the collector of new-host speaks');
    const unreasoned = await status('forget', 'OLD');
    expect(unreasoned.code).toBe(2);
    expect(unreasoned.err).toContain('--reason');
  });

  it('misses nobody who stopped in order, and forgets such a host too', async () => {
    await say('collector/OLD', { ...collector('OLD', 'old-host'), stopped: true });
    await expect.poll(async () => (await status()).code).toBe(0);
    expect((await status()).out).toContain('old-host: stopped in order, nothing is watched there');
    expect(await status('forget', 'old-host', ...because)).toMatchObject({ code: 0 });
    await expect.poll(async () => (await status()).out).not.toContain('old-host');
  });
});

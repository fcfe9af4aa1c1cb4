import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFeedLab } from '../../support/cli/feed-lab.ts';
import { createMemoryBus, type MemoryBus } from '../../support/memory-bus.ts';
import { finding, rule, told } from '../alerting/finding-records.ts';

const minute = 60_000;
const collector = {
  part: 'collector',
  pid: 1,
  connected: true,
  host: { id: 'HOST', name: 'anchor\u001b[2J' },
  sensors: { connections: 'running' },
  coverage: { engine: 'full', procfs: 'partial' },
  missing: [],
  running: 3,
};
const analyzer = {
  part: 'analyzer',
  pid: 2,
  rules: { loaded: 280, rejectedCount: 0, keptCount: 0 },
  ruleSet: 'a',
  partitions: [0, 1],
  metrics: [{ name: 'moorwatch_analyzer_lag_records', value: 7, attributes: { partition: '0' } }],
};
const alerting = { part: 'alerting', pid: 3, url: 'http://127.0.0.1:7373', sinks: [] };

describe('moorwatch status', () => {
  let bus: MemoryBus;
  let lab: Awaited<ReturnType<typeof startFeedLab>>;
  let now = 1_000 * minute;
  const say = (process: string, status: object) =>
    bus.append('status', [{ key: process, value: JSON.stringify(status), at: now }]);
  const status = (...args: readonly string[]) => lab.run(['status'], ...args);

  beforeEach(async () => {
    now = 1_000 * minute;
    bus = createMemoryBus({ clock: () => now });
    lab = await startFeedLab({ bus, clock: () => now });
    await say('collector/HOST', collector);
    await say('analyzer/a', analyzer);
    await say('alerting/a', alerting);
    await expect.poll(async () => (await status('--json')).out).toContain('alerting/a');
  });
  afterEach(async () => {
    await lab.stop();
    await bus.close();
  });

  it('says that everything works, and how it is', async () => {
    const { code, out, err } = await status();
    expect({ code, err }).toEqual({
      code: 0,
      err: 'all that is switched on sees, judges and tells; not seen in full: anchor\\u{1b}[2J (procfs partial); see `moorwatch coverage`\n',
    });
    expect(out).toContain('anchor\\u{1b}[2J: 3 containers run; engine full, procfs partial');
    expect(out).toContain('280 rules, 2 partitions, 7 records wait');
    expect(out).toContain('0 incidents are open');
  });

  it('says that everything sees only when every tier does, and names what is switched off', async () => {
    await say('collector/HOST', { ...collector, coverage: { engine: 'full', procfs: 'full', imported: 'none' } });
    await expect.poll(async () => (await status()).err).toBe('everything sees, judges and tells\n');
    await say('collector/HOST', { ...collector, coverage: { engine: 'full', procfs: 'none', kernel: 'none' } });
    await expect.poll(async () => (await status()).err).toContain('anchor\\u{1b}[2J (procfs none, kernel none)');
    for (let n = 0; n < 6; n += 1) await say(`collector/${n}`, { ...collector, host: { id: `${n}`, name: `h${n}` } });
    await expect.poll(async () => (await status()).err).toMatch(/h3 \(procfs partial\) and 2 hosts more; see/);
    expect((await status('--json')).code).toBe(0);
    expect(JSON.parse((await status('--json')).out)).toMatchObject({
      unseen: expect.arrayContaining([{ host: 'h5', tiers: ['procfs partial'] }]) as unknown,
    });
  });

  it('names what is blind, behind, undelivered or of another mind, each with what to do', async () => {
    const sinks = [{ name: 'siem', type: 'webhook', state: 'retrying', backlog: 12, lastError: 'refused' }];
    await say('alerting/a', { ...alerting, sinks });
    await say('analyzer/b', {
      ...analyzer,
      ruleSet: 'b',
      metrics: [{ name: 'moorwatch_analyzer_lag_records', value: 20_000 }],
    });
    await say('collector/AFT', {
      ...collector,
      connected: false,
      problem: { reason: 'no socket', fix: 'start it' },
      sensors: { mounts: 'failed' },
    });
    await expect.poll(async () => (await status('--json')).out).toContain('no socket');
    const { code, out } = await status('--json');
    expect(code).toBe(1);
    const { attention } = JSON.parse(out) as { attention: { process: string; what: string; fix: string }[] };
    expect(attention.map(({ process, what, fix }) => `${process}: ${what} [${fix}]`).sort()).toEqual([
      'alerting/a: the sink siem does not deliver, 12 updates wait: refused [moorwatch sinks test siem]',
      'analyzer/b: 20000 observations wait: it does not keep up [give it more CPU, or start another of its kind (bus: kafka)]',
      'analyzer: the analyzers judge by 2 different rule sets [give all of them the same version and rules]',
      'collector/AFT: no engine: no socket [start it]',
      'collector/AFT: the sensor mounts failed: what it sees is not seen [moorwatch coverage, and the log of the collector]',
    ]);
  });

  it('says how many containers have no names of destinations, and names who takes them all', async () => {
    const forgers = [{ id: 'f', name: 'exporter\u001b[2J', image: 'acme/exporter', isOnHost: true, takes: 14 }];
    const sensors = { ...collector.sensors, 'dns-answers': 'running' };
    const names = { of: 14, without: 12, far: 2, forgers, more: 3 };
    await say('collector/HOST', { ...collector, sensors, names });
    await expect
      .poll(async () => (await status()).out)
      .toContain('; 12 of 14 containers have no names of destinations, as somebody may forge them (moorwatch doctor)');
    expect((await status()).code).toBe(0);
    await say('collector/HOST', { ...collector, sensors, names: { ...names, without: 14 } });
    await expect.poll(async () => (await status()).code).toBe(1);
    const { out } = await status();
    expect(out).toContain('! collector/HOST: the sensor dns-answers runs in vain: 14 of 14 containers have no names');
    expect(out).toContain(
      "exporter\\u{1b}[2J (acme/exporter, on the host's network) may forge those of 14; 3 containers more",
    );
    expect(out).toContain('cap_drop: [NET_RAW] for it');
    // What is no such thing is left out, and hides nothing else.
    await say('collector/HOST', { ...collector, sensors, names: 'x' });
    await expect.poll(async () => (await status()).code).toBe(0);
  });

  it('misses canaries that came before', async () => {
    const sink = { name: 'siem', type: 'webhook', state: 'delivering', backlog: 0 };
    const flown = (minutes: number) => ({ ...sink, canary: { at: now - minutes * minute, tookMs: 5 } });
    await say('alerting/a', { ...alerting, sinks: [flown(20), sink] });
    await expect.poll(async () => (await status('--json')).out).toContain('2 sinks');
    expect((await status()).code).toBe(0);
    await say('alerting/a', { ...alerting, sinks: [flown(45)] });
    await expect.poll(async () => (await status()).code).toBe(1);
    expect((await status()).out).toContain('no canary has reached the sink siem for 45 min');
  });

  it('misses canaries that never came since alerting began, and none that another instance has', async () => {
    const sink = (minutes: number) => ({
      name: 'siem',
      type: 'webhook',
      state: 'delivering',
      backlog: 0,
      since: now - minutes * minute,
    });
    const heartbeat = { name: 'beat', type: 'heartbeat', state: 'delivering', backlog: 0 };
    await say('alerting/a', { ...alerting, sinks: [sink(20), heartbeat] });
    await expect.poll(async () => (await status('--json')).out).toContain('2 sinks');
    expect((await status()).code).toBe(0);
    await say('alerting/a', { ...alerting, sinks: [{ ...sink(99), canary: { at: now - 50 * minute, tookMs: 5 } }] });
    await expect.poll(async () => (await status()).out).toContain('no canary has reached the sink siem for 50 min');
    await say('alerting/b', { ...alerting, sinks: [{ ...sink(9), canary: { at: now - 2 * minute, tookMs: 5 } }] });
    await expect.poll(async () => (await status()).code).toBe(0);
    await say('alerting/b', { ...alerting, sinks: [sink(45)] });
    await say('alerting/a', { ...alerting, sinks: [sink(40)] });
    await expect.poll(async () => (await status()).out).toContain('no canary has reached the sink siem for 45 min');
  });

  it('misses none that came, though the clock of its host is hours behind', async () => {
    const sink = { name: 'siem', type: 'webhook', state: 'delivering', backlog: 0 };
    const behind = (logged: number) => ({ ...sink, canary: { at: now - 300 * minute, logged, tookMs: 5 } });
    await say('alerting/a', { ...alerting, sinks: [behind(now - minute)] });
    await expect.poll(async () => (await status('--json')).out).toContain('1 sinks');
    expect((await status()).code).toBe(0);
    await say('alerting/a', { ...alerting, sinks: [behind(now - 45 * minute)] });
    await expect.poll(async () => (await status()).out).toContain('no canary has reached the sink siem for 45 min');
  });

  it('names the hosts whose canaries are overdue at a sink that others reach', async () => {
    const sink = { name: 'siem', type: 'webhook', state: 'delivering', backlog: 0 };
    const canary = { at: now - minute, tookMs: 5 };
    const late = (n: number) => ({ id: `h${n}`, name: `harbour-${n}\u001b`, since: now - (40 + n) * minute });
    const overdue = { hosts: [late(2)], more: 0 };
    await say('alerting/a', { ...alerting, sinks: [{ ...sink, canary, overdue }] });
    const of = 'no canary reaches the sink siem from ';
    await expect.poll(async () => (await status()).out).toContain(`${of}harbour-2\\u{1b} (42 min): what`);
    expect((await status()).code).toBe(1);
    // Of several processes each knows some.
    const many = { hosts: Array.from({ length: 10 }, (_, n) => late(n)), more: 3 };
    await say('alerting/b', { ...alerting, sinks: [{ ...sink, canary, overdue: many }] });
    await expect.poll(async () => (await status('--json')).out).toContain(' and 4 more: what');
    expect((await status('--json')).code).toBe(1);
  });

  it('names what stands still, as any alerting saw it', async () => {
    const standstill = { part: 'standstill', of: 'analyzer/2', partition: 2, offset: 9, since: Date.UTC(2026, 0, 1) };
    await say('standstill/analyzer/2/2@9', standstill);
    await expect
      .poll(async () => (await status()).out)
      .toContain('! analyzer/2: partition 2 of observations is not analyzed past a record of 2026-01-01T00:00:00Z');
    expect((await status()).code).toBe(1);
    await bus.append('status', [{ key: 'standstill/analyzer/2/2@9', value: null, at: now }]);
    await expect.poll(async () => (await status()).code).toBe(0);
  });

  it('names a sensor that ran and does not, and since when', async () => {
    const stopped = {
      stoppedSensors: { dns: Date.UTC(2026, 0, 1) },
      sensors: { dns: 'unavailable', mounts: 'unavailable' },
    };
    await say('collector/HOST', { ...collector, ...stopped });
    await expect
      .poll(async () => (await status()).out)
      .toContain('the sensor dns ran until 2026-01-01T00:00:00Z and is unavailable now: what it sees is not seen');
    const { code, out } = await status();
    expect(code).toBe(1);
    expect(out).not.toContain('mounts');
  });

  it('has the ledger of gaps of the last day, and what can be seen of each container', async () => {
    const { out: none } = await status();
    expect(none).toContain('no gaps in the last 24 h');
    const fields = { 'gap.reason': 'heartbeat-silent', 'gap.from': now - 20 * minute, 'gap.to': now - 5 * minute };
    const gap = finding('g', {
      in: null,
      summary: 'no heartbeat\u001b[2J',
      rule: { ...rule('r').rule, catalogue: ['MON-01'] },
      observation: { id: 'o', kind: 'gap', at: now, ...fields },
    });
    const late = finding('h', {
      ...gap,
      observation: { ...gap.observation, id: 'p', 'gap.to': 1e300 },
      severity: 'low',
    });
    for (const one of [gap, late])
      await bus.append('findings', [{ key: 'h1', value: JSON.stringify(told(one)), at: now }]);
    const watched = {
      id: 'w',
      name: 'web',
      image: 'nginx:1',
      imageId: 'i',
      configHash: 'c',
      network: 'bridge',
      paused: true,
    };
    await say('collector/HOST', { ...collector, watched: [watched] });
    expect((await status()).out).toContain('2 gaps in the last 24 h, 1 of them high: moorwatch status --gaps');
    await expect.poll(async () => (await status('--gaps', '--coverage')).out).toMatch(/web +nginx:1 +\d+ +paused/);
    const { out } = await status('--gaps');
    expect(out).toMatch(/1970-01-01T16:20:00Z +15 min +lab1 +- +high +heartbeat-silent +no heartbeat\\u\{1b\}\[2J/);
    const said: unknown = JSON.parse((await status('--json', '--coverage')).out);
    expect(said).toMatchObject({ gaps: { total: 2 }, coverage: [{ containers: [{ name: 'web' }] }] });
  });

  it('misses who has gone, and what nobody does', async () => {
    now += 5 * minute;
    await say('alerting/a', alerting);
    await expect.poll(async () => (await status()).code).toBe(1);
    const { out } = await status();
    expect(out).toContain('! collector/HOST: has said nothing for 5 min');
    expect(out).toContain('! analyzer: none runs');
    expect(out).not.toContain('alerting: none');
  });
});

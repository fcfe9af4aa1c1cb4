import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { afterEach, describe, expect, test } from 'vitest';
import type { Finding } from '../../../cli/doctor/check.ts';
import { checkDaemon, checkPort, type DaemonStatus, type ToldStatus } from '../../../cli/doctor/daemon.ts';
import { type Ask, checkEngine } from '../../../cli/doctor/engine.ts';
import { checkHost, checkSeparation, checkState, diskUseOf } from '../../../cli/doctor/files.ts';
import { feedFinding, feedIsMeant, localFindings, localParts } from '../../../cli/doctor/local.ts';
import { checkNode } from '../../../cli/doctor/node.ts';
import { reportLines } from '../../../cli/doctor/report.ts';
import { checkRunningRules } from '../../../cli/doctor/rules.ts';
import { clearHealth, healthFileOf, removeHealth, writeHealth } from '../../../cli/processes/health-file.ts';
import { holdState } from '../../../cli/processes/hold.ts';
import { runningRulesOf } from '../../../cli/running-rules.ts';
import { configSchema } from '../../../shared/config/schema.ts';
import { stateFilesOf } from '../../../shared/state-dir.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});
function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'moorwatch-doctor-'));
  cleanups.push(() => rmSync(directory, { recursive: true }));
  return directory;
}
const statusOf = (findings: readonly Finding[], about: string) =>
  findings.find((finding) => finding.about === about)?.status;

test.each([
  ['18.20.0', 'fail'],
  ['20.18.1', 'fail'],
  ['20.20.2', 'warn'],
  ['22.1.0', 'ok'],
])('Node %s is %s', (version, status) => {
  expect(checkNode(version)[0]?.status).toBe(status);
});

describe('engine', () => {
  const engine: Ask = (path) =>
    Promise.resolve({ status: /doctor/.test(path) ? 404 : 200, headers: { 'api-version': '1.43' }, body: '' });

  test('an engine that answers everything is ok', async () => {
    const findings = await checkEngine('unix:///x', engine);
    expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
  });

  test('what a read-only proxy holds back is named, with what is not seen', async () => {
    const proxy: Ask = (path) =>
      /exec|volumes/.test(path) ? Promise.resolve({ status: 403, headers: {}, body: '' }) : engine(path);
    const held = (await checkEngine('tcp://p:2375', proxy)).filter(({ status }) => status !== 'ok');
    expect(held.map(({ text }) => text)).toEqual([
      expect.stringContaining('GET /exec/moorwatch-doctor/json is held back (403)') as unknown,
      expect.stringContaining('host paths hidden in volumes') as unknown,
    ]);
    expect(held.every(({ status }) => status === 'warn')).toBe(true);
  });

  test('without events there is no watching: that fails', async () => {
    const proxy: Ask = (path) =>
      /events/.test(path) ? Promise.resolve({ status: 403, headers: {}, body: '' }) : engine(path);
    expect(statusOf(await checkEngine('tcp://p:2375', proxy), 'requests')).toBe('fail');
  });

  test('an engine too old is refused', async () => {
    const old: Ask = () => Promise.resolve({ status: 200, headers: { 'api-version': '1.40' }, body: '' });
    expect(statusOf(await checkEngine('unix:///x', old), 'API')).toBe('fail');
  });

  test.each([
    ['ENOENT', 'start Docker'],
    ['EACCES', 'group docker'],
    ['ECONNREFUSED', 'start Docker'],
    ['EHOSTUNREACH', 'check the address'],
  ])('%s has its own fix', async (code, fix) => {
    const away: Ask = () => Promise.reject(Object.assign(new Error('no'), { code }));
    const [finding] = await checkEngine('unix:///x', away);
    expect(finding).toMatchObject({ status: 'fail', fix: expect.stringContaining(fix) as unknown });
  });
});

describe('files', () => {
  const log = (megabytes: number) => ({ what: 'log', megabytes, key: 'log.retentionMegabytes' }) as const;

  test('a state directory that will be made is ok, one that others can read fails', () => {
    const directory = temporary();
    const inside = stateFilesOf(join(directory, 'a', 'b'), {});
    expect(statusOf(checkState(inside, log(1)), 'state')).toBe('ok');
    const files = stateFilesOf(directory, {});
    writeFileSync(files.token, 'x', { mode: 0o644 });
    chmodSync(files.token, 0o644);
    expect(checkState(files, log(1))).toContainEqual(
      expect.objectContaining({ status: 'fail', fix: `chmod go-rwx ${files.token}` }) as unknown,
    );
  });

  test('a disk too small for the log is told', () => {
    expect(statusOf(checkState(stateFilesOf(temporary(), {}), log(1e9)), 'disk')).toBe('warn');
    expect(statusOf(checkState(stateFilesOf(temporary(), {}), log(0.001)), 'disk')).toBe('ok');
  });

  test('the disk is to hold the embedded log, or over Kafka the spool', () => {
    const of = (bus: 'sqlite' | 'kafka') =>
      diskUseOf(configSchema.parse({ bus, log: { retentionMegabytes: 100 }, spool: { megabytes: 7 } }));
    expect(of('sqlite')).toMatchObject({ what: 'log', megabytes: 400, key: 'log.retentionMegabytes' });
    expect(of('kafka')).toMatchObject({ what: 'spool', megabytes: 7, key: 'spool.megabytes' });
  });

  test('tiers that are off or unreadable are warnings', () => {
    const { engine } = configSchema.parse({});
    expect(statusOf(checkHost({ ...engine, procfs: '' }), 'procfs')).toBe('warn');
    expect(statusOf(checkHost({ ...engine, procfs: '/nowhere' }), 'procfs')).toBe('warn');
    expect(statusOf(checkHost({ ...engine, rootfs: '/nowhere' }), 'rootfs')).toBe('warn');
  });

  test('separation of the two processes', () => {
    expect(checkSeparation(false, 'nobody').status).toBe('warn');
    expect(checkSeparation(true, 'root').status).toBe('warn');
    expect(checkSeparation(true, 'no-such-user-here').status).toBe('fail');
  });
});

describe('network', () => {
  test('a port taken by another program fails, ours is ok', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const feed = { host: '127.0.0.1', port };
    expect((await checkPort(feed, undefined)).status).toBe('fail');
    expect((await checkPort(feed, { url: `http://127.0.0.1:${port}`, pid: 1, version: '1' })).status).toBe('ok');
  });
});

const told = (processes: readonly DaemonStatus[]): ToldStatus => ({ processes });
const lagging = { pid: 1, metrics: [{ name: 'moorwatch_analyzer_lag_records', value: 0 }] };

test('last words from before an outage are no news of now', () => {
  const processes = [{ process: 'analyzer/h-1', at: 1_000, silentMs: 0, gone: false, status: lagging }];
  const findings = checkDaemon({ processes, asOf: 2_000, current: false }, 97_000);
  expect(findings).toMatchObject([
    { status: 'warn', about: 'running', text: expect.stringContaining('95 s') as unknown },
  ]);
  expect(findings[0]?.text).toContain('analyzer on h-1');
});

test('who is gone is told once, with when it was heard last and without what it said then; clocks do not matter', () => {
  const processes = [
    { process: 'analyzer/h-1', at: 5_000, silentMs: 600_000, gone: true, status: lagging },
    { process: 'analyzer/h-2', at: 0, silentMs: 2_000, gone: false, status: lagging },
  ];
  expect(checkDaemon({ processes, asOf: 605_000, current: true }, 605_000)).toMatchObject([
    { status: 'ok', text: 'analyzer on h-2, heard 2 s ago' },
    { status: 'ok', about: 'lag' },
    {
      status: 'warn',
      text: 'one is gone:',
      details: ['analyzer on h-1: last heard 1970-01-01T00:00:05Z, 10 min before the newest word'],
    },
  ]);
});

test('what runs on the state directory is known without feed and log', async () => {
  const directory = temporary();
  expect(localFindings(localParts(directory))).toEqual([]);
  const report = (pid: number, more: object = {}) => ({ at: 1, pid, notes: [], ...more });
  writeHealth(healthFileOf(directory, 'collector', 'h'), report(process.pid, { notes: ['no broker answers'] }));
  writeHealth(healthFileOf(directory, 'analyzer', 'h'), report(spawnSync('true').pid));
  expect(localFindings(localParts(directory))).toMatchObject([
    { status: 'warn', text: `collector here, process ${process.pid}: no broker answers` },
  ]);
  writeHealth(healthFileOf(directory, 'collector', 'h'), report(process.pid));
  expect(localFindings(localParts(directory))).toMatchObject([{ status: 'ok' }]);
  clearHealth(directory, Date.now());
  expect(feedFinding(feedIsMeant(directory, localParts(directory)))).toMatchObject({ status: 'ok' });
  const hold = holdState(directory, ['alerting']);
  expect(feedFinding(feedIsMeant(directory, localParts(directory)))).toMatchObject({
    status: 'warn',
    text: expect.stringContaining('waits for the log') as unknown,
  });
  hold();
  const release = holdState(directory, ['collector', 'analyzer']);
  removeHealth(healthFileOf(directory, 'collector', 'h'), process.pid);
  expect(localFindings(localParts(directory))).toMatchObject([
    { text: `collector and analyzer here, process ${process.pid}: it is starting` },
  ]);
  release();
});

test('a process that fell silent and a sensor that cannot work are warnings', () => {
  const findings = checkDaemon(
    told([
      {
        process: 'collector/h',
        at: 99_000,
        status: {
          pid: 1,
          host: { name: 'web-1' },
          sensors: { exec: 'running', connections: 'unavailable: no /proc' },
        },
      },
      { process: 'alerting/h', at: 1_000, status: { pid: 2 } },
      { process: 'analyzer/ruleset/3', at: 1_000, status: { part: 'analyzer', ruleSet: 'x' } },
    ]),
    100_000,
  );
  expect(findings.map(({ about, status }) => [about, status])).toEqual([
    ['running', 'ok'],
    ['sensor exec', 'ok'],
    ['sensor connections', 'warn'],
    ['running', 'warn'],
  ]);
});

test('what waits to be analyzed is told, and much of it is a warning', () => {
  const lag = (value: number) => ({
    process: 'analyzer/h',
    at: 0,
    status: {
      pid: 3,
      metrics: [{ name: 'moorwatch_analyzer_lag_records', value }, { name: 'moorwatch_other', value: 1e9 }, null],
    },
  });
  expect(statusOf(checkDaemon(told([lag(5)]), 0), 'lag')).toBe('ok');
  expect(statusOf(checkDaemon(told([lag(50_000)]), 0), 'lag')).toBe('warn');
});

test('sinks that try again or had something refused are warnings with the reason', () => {
  const findings = checkDaemon(
    told([
      {
        process: 'alerting/h',
        at: 0,
        status: {
          pid: 2,
          sinks: [
            { name: 'a', type: 'webhook', state: 'delivering', backlog: 0, lastError: 'long ago' },
            { name: 'b', type: 'webhook', state: 'retrying', backlog: 7, lastError: 'ECONNREFUSED' },
            { name: 'c', type: 'webhook', state: 'delivering', backlog: 0 },
            'of another version',
          ],
          metrics: [{ name: 'moorwatch_deliveries_refused_total', attributes: { sink: 'c' }, value: 3 }],
        },
      },
    ]),
    0,
  );
  const ofSinks = findings.filter(({ about }) => about.startsWith('sink'));
  expect(ofSinks.map(({ about, status, text }) => [about, status, text])).toEqual([
    ['sink a', 'ok', 'delivering, 0 wait'],
    ['sink b', 'warn', 'retrying, 7 wait: ECONNREFUSED'],
    ['sink c', 'warn', '3 messages were refused and parked in the topic rejected'],
  ]);
});

test('what to do stays whole, several lines are indented, and no line of others looks like a finding', () => {
  const command = `kafka-topics.sh --create ${'--config a=b '.repeat(400)}`;
  const fix = `create them:\n${command}\nthen start\u001b[2J`;
  const findings: readonly Finding[] = [
    {
      status: 'fail',
      about: 'kafka',
      text: 'bad\nok    kafka  all is well',
      fix,
      details: ['one: is wrong', 'two: \u009b'],
    },
  ];
  expect(reportLines(findings, picocolors.createColors(false))).toEqual([
    'fail  kafka  bad\\u{a}ok    kafka  all is well',
    '             one: is wrong',
    '             two: \\u{9b}',
    '             fix: create them:',
    `             ${command}`,
    '             then start\\u{1b}[2J',
  ]);
});

test('the report has a fix below everything that is not ok, and nothing hostile in it', () => {
  const lines = reportLines(
    [
      { status: 'ok', about: 'node', text: 'Node 22' },
      { status: 'fail', about: 'engine', text: 'answers \u001b[2J', fix: 'start it' },
    ],
    picocolors.createColors(false),
  );
  expect(lines).toEqual(['ok    node    Node 22', 'fail  engine  answers \\u{1b}[2J', '              fix: start it']);
});

test('what running analyzers judge by is told; files in an older version and failed loads are warnings', () => {
  const rules = {
    loaded: 60,
    loadedAt: 1_000,
    kept: [{ file: '/r/a.yml', rules: 2, since: 500 }],
    keptCount: 3,
    failures: 1,
  };
  const unreadable = [{ file: '/r/b', message: 'cannot be read: EACCES' }];
  const rejected = [...unreadable, { file: '/r/c.yml', message: 'a rule needs a title' }];
  const hiding = (filter: string, rule: string, value: number) => ({
    name: 'moorwatch_matches_hidden_total',
    help: '',
    type: 'counter',
    value,
    attributes: { part: 'analyzer', filter, rule },
  });
  const metrics = [
    hiding('f1', 'r1', 2),
    hiding('f2', 'r1', 4),
    hiding('f1', 'r2', 3),
    { ...hiding('f1', 'r1', 9), name: 'moorwatch_other_total' },
  ];
  const running = runningRulesOf([
    {
      process: 'analyzer/h',
      status: { part: 'analyzer', pid: 1, ruleSet: 'abc', rules: { ...rules, rejected }, metrics },
    },
    { process: 'analyzer/old', status: { part: 'analyzer', pid: 1, ruleSet: 'abc', rules: { loaded: 5 } } },
    { process: 'collector/h', status: { pid: 2 } },
  ]);
  const hidden = new Map([
    ['f1', 5],
    ['f2', 4],
  ]);
  expect(running).toEqual([{ process: 'analyzer/h', hash: 'abc', ...rules, unreadable, hidden }]);
  const findings = checkRunningRules(running);
  expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'warn', 'warn', 'warn', 'warn']);
  expect(findings.map(({ text }) => text)).toEqual([
    '60 since 1970-01-01T00:00:01.000Z (analyzer/h)',
    '9 matches hidden by filters since it started: 5 by f1, 4 by f2 (analyzer/h)',
    '2 of /r/a.yml as they were read at 1970-01-01T00:00:00.500Z (analyzer/h)',
    '/r/b: cannot be read: EACCES (analyzer/h)',
    '2 more files in an older version (analyzer/h)',
    'changes could not be loaded 1 times (analyzer/h)',
  ]);
});

test('who keeps destinations from having names is told, bounded, with what to do', () => {
  const forger = (name: string, takes: number) => ({ id: name, name, image: 'i', isOnHost: takes > 5, takes });
  const forgers = [forger('dump\u001b[2J', 9), ...Array.from({ length: 50 }, (_, nth) => forger(`c${nth}`, 1))];
  const names = { of: 9, without: 9, far: 1, forgers, more: 4 };
  const sensors = { 'dns-answers': 'running in vain: all names are withheld' };
  const findings = checkDaemon(
    {
      processes: [{ process: 'collector/H', at: 1_000, status: { pid: 1, host: { name: 'anchor' }, sensors, names } }],
    },
    2_000,
  );
  expect(findings.map(({ about, status }) => [about, status])).toEqual([
    ['running', 'ok'],
    ['sensor dns-answers', 'warn'],
    ['names', 'warn'],
  ]);
  const lines = reportLines(findings.slice(2), picocolors.createColors(false));
  expect(lines).toHaveLength(14);
  expect(lines[0]).toContain('9 of 9 containers have no names of destinations, as somebody may forge them');
  expect(lines[1]).toContain("dump\\u{1b}[2J (i, on the host's network) may forge those of 9");
  expect(lines.at(-3)).toContain('4 containers more may');
  expect(lines.at(-2)).toContain('1 are on a network that reaches beyond the engine');
  expect(lines.at(-1)).toContain('fix: cap_drop: [NET_RAW] for each of them, the first one first');
});

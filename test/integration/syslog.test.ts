import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CefSinkOptions, createCefSink } from '../../alerting/sinks/cef.ts';
import type { Sink } from '../../alerting/sinks/sink.ts';
import { createSyslogSink, type SyslogSinkOptions } from '../../alerting/sinks/syslog.ts';
import { eventually } from '../support/eventually.ts';
import { type Rsyslog, startRsyslog, type Understood } from '../support/rsyslog.ts';
import { update } from '../unit/alerting/updates.ts';

/** What an attacker calls a container, and how it is shown. */
const hostile = 'x"] [pwned@1 a="b\\\n<0>1 - forged | id=1 🐳\u202e';
const shown = 'x"] [pwned@1 a="b\\\\u{a}<0>1 - forged | id=1 🐳\\u{202e}';
const raised = `one step more than medium: telemetry agrees; ${shown}`;
const nasty = (n: number) => {
  const { container } = update(n).incident;
  return update(n, {
    title: hostile,
    techniques: ['T1611', 'T1610'],
    raised: { from: 'medium', because: ['telemetry agrees', hostile] },
    container: container && { ...container, name: hostile },
  });
};

let rsyslog: Rsyslog;
let sinks: Sink[] = [];
const { signal } = new AbortController();
const delivered = { kind: 'delivered' };

beforeAll(async () => {
  rsyslog = await startRsyslog();
});
afterEach(async () => {
  for (const sink of sinks) await sink.close?.();
  sinks = [];
});
afterAll(() => rsyslog.stop());

const common = { name: 'siem', timeoutMs: 5_000, facility: 'local0', version: '1.2.3' } as const;
function syslogTo(url: string, more: Partial<SyslogSinkOptions> = {}): Sink {
  const sink = createSyslogSink({ ...common, url, enterpriseNumber: 32_473, ...more });
  sinks.push(sink);
  return sink;
}
function cefTo(url: string, more: Partial<CefSinkOptions> = {}): Sink {
  const sink = createCefSink({ ...common, url, header: 'rfc5424', ...more });
  sinks.push(sink);
  return sink;
}
const place = (kind: keyof Rsyslog['ports'], scheme: string): string => `${scheme}://127.0.0.1:${rsyslog.ports[kind]}`;
const pem = (name: string): string => join(rsyslog.directory, name);
const idOf = (message: Understood): string | undefined => message['rfc5424-sd']?.['incident@32473']?.update;
const send = async (sink: Sink, one: ReturnType<typeof update>) => {
  const sent = await sink.send(one, signal);
  return sent.kind === 'delivered' ? sink.flush?.(signal) : sent;
};
const understood = (id: string): Promise<Understood> =>
  eventually(async () => (await rsyslog.understood()).find((message) => idOf(message) === id));

const ways = [
  ['UDP', () => syslogTo(place('plain', 'udp'))],
  ['TCP', () => syslogTo(place('plain', 'tcp'))],
  ['TLS', () => syslogTo(place('tls', 'tls'), { ca: pem('ca.pem') })],
  [
    'TLS by the name of the certificate',
    () => syslogTo(place('tls', 'tls'), { ca: pem('ca.pem'), serverName: 'siem.example' }),
  ],
  [
    'TLS with a certificate of our own',
    () => syslogTo(place('tlsMutual', 'tls'), { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key') }),
  ],
] as const;

describe('rsyslog understands syslog', () => {
  test.each(ways)('over %s', async (way, make) => {
    const told = { ...nasty(1), id: `over ${way}`, at: Date.parse('2026-11-30T01:02:03.456Z') };
    expect(await send(make(), told)).toEqual(delivered);
    const message = await understood(told.id);
    expect(message).toMatchObject({
      pri: '131',
      ts: '2026-11-30T01:02:03.456Z',
      host: 'lab1',
      app: 'moorwatch',
      procid: '-',
      msgid: 'incident.opened',
      'rfc5424-sd': {
        'incident@32473': { id: 'incident-1', severity: 'high', techniques: 'T1611,T1610', raised, title: shown },
        'container@32473': { id: 'id1', name: shown, image: 'nginx:1' },
        'finding@32473': { rule: 'rule-1', catalogue: 'MNT-01', summary: 'something' },
        origin: { software: 'moorwatch' },
      },
      msg: `${shown}: something`,
    });
    expect(Object.keys(message['rfc5424-sd'] ?? {})).toHaveLength(4);
  });

  test('in order, each once, over one connection', async () => {
    const sink = syslogTo(place('tls', 'tls'), { ca: pem('ca.pem') });
    const all = Array.from({ length: 200 }, (_, n) => ({ ...update(n), id: `order-${n}` }));
    for (const one of all) expect(await sink.send(one, signal)).toEqual(delivered);
    expect(await sink.flush?.(signal)).toEqual(delivered);
    await understood('order-199');
    const ids = (await rsyslog.understood()).map(idOf).filter((id) => id?.startsWith('order-'));
    expect(ids).toEqual(all.map(({ id }) => id));
  });

  test('messages of 8192 bytes', async () => {
    const { container } = update(1).incident;
    const long = '🐳'.repeat(3_000);
    const told = update(1, { title: long, container: container && { ...container, name: long } });
    expect(await send(syslogTo(place('plain', 'tcp')), { ...told, id: 'long' })).toEqual(delivered);
    const message = await understood('long');
    expect(message.msg).toMatch(/^🐳+…$/u);
    expect(Buffer.byteLength(message.sd) + Buffer.byteLength(message.msg)).toBeGreaterThan(8_000);
    expect(message['rfc5424-sd']?.['incident@32473']?.truncated).toBe('true');
  });
});

describe('a receiver that is not the one', () => {
  test.each([
    ['an authority of somebody else', { ca: 'stranger.pem' }, 'check ca'],
    ['no authority', {}, 'check ca'],
    ['another name', { ca: 'ca.pem', serverName: 'other.example' }, 'or set serverName'],
  ])('%s', async (_, { ca, ...more }: { ca?: string; serverName?: string }, advice) => {
    const sink = syslogTo(place('tls', 'tls'), { ...more, ...(ca !== undefined && { ca: pem(ca) }) });
    const reason = expect.stringContaining(advice) as string;
    expect(await send(sink, { ...update(1), id: 'never' })).toEqual({ kind: 'retry', reason });
    expect((await rsyslog.understood()).map(idOf)).not.toContain('never');
  });

  test('one that wants a certificate of ours, and gets none', async () => {
    const sink = syslogTo(place('tlsMutual', 'tls'), { ca: pem('ca.pem') });
    const reason = expect.stringContaining('cert and key') as string;
    expect(await send(sink, { ...update(1), id: 'never' })).toEqual({ kind: 'retry', reason });
    expect((await rsyslog.understood()).map(idOf)).not.toContain('never');
  });
});

test('nothing is lost when the daemon hangs and crashes again and again, with messages that it never read', async () => {
  const sink = syslogTo(place('plain', 'tcp'));
  const all = Array.from({ length: 120 }, (_, n) => ({ ...update(n), id: `crash-${n}` }));
  for (const [i, one] of all.entries()) {
    if (i % 40 === 20) rsyslog.freeze();
    if (i % 40 === 30) {
      await rsyslog.kill();
      await rsyslog.start();
    }
    await eventually(async () => (await send(sink, one))?.kind === 'delivered' || undefined);
  }
  await understood('crash-119');
  const ids = new Set((await rsyslog.understood()).map(idOf));
  expect(all.filter(({ id }) => !ids.has(id))).toEqual([]);
});

test('a receiver that is cut off without a word is noticed, and has everything once it is back', async () => {
  const ip = promisify(execFile);
  const space = `mw${process.pid}`;
  const commands = async (lines: readonly string[]): Promise<void> => {
    for (const line of lines) await ip('ip', line.split(' '));
  };
  await commands([
    `netns add ${space}`,
    `link add ${space} type veth peer name far netns ${space}`,
    `addr add 10.231.77.1/30 dev ${space}`,
    `link set ${space} up`,
    `-n ${space} addr add 10.231.77.2/30 dev far`,
    `-n ${space} link set far up`,
    `-n ${space} link set lo up`,
  ]);
  const away = await startRsyslog({ address: '10.231.77.2', through: ['ip', 'netns', 'exec', space] });
  try {
    const sink = syslogTo(`tcp://10.231.77.2:${away.ports.plain}`, { timeoutMs: 1_000 });
    expect(await send(sink, { ...update(1), id: 'before' })).toEqual(delivered);
    // Packets still go there, but nobody answers any more: no reset, no error.
    await commands([`-n ${space} addr del 10.231.77.2/30 dev far`]);
    const reason = 'the receiver acknowledged nothing within 1000 ms';
    expect(await send(sink, { ...update(2), id: 'during' })).toEqual({ kind: 'retry', reason });
    await commands([`-n ${space} addr add 10.231.77.2/30 dev far`]);
    const again = async () => (await send(sink, { ...update(2), id: 'during' }))?.kind === 'delivered' || undefined;
    await eventually(again);
    const ids = async () => (await away.understood()).map(idOf);
    await eventually(async () => (await ids()).includes('during') || undefined);
    expect(new Set(await ids())).toEqual(new Set(['before', 'during']));
  } finally {
    await away.stop();
    await commands([`netns del ${space}`]);
  }
});

describe('liblognorm understands CEF', () => {
  interface Event {
    readonly Extensions: Readonly<Record<string, string>>;
    readonly SignatureID: string;
  }
  /** It wants a space in front of the extension, or eats the first letter of the first key. */
  const judged = (cef: string): Event => {
    const rules = join(rsyslog.directory, 'cef.rulebase');
    writeFileSync(rules, 'version=2\nrule=:%cef:cef%\n');
    const input = `${cef.replace(/^((?:(?:[^|\\]|\\.)*\|){7})/, '$1 ')}\n`;
    const { stdout } = spawnSync('lognormalizer', ['-r', rules, '-e', 'json'], { input, encoding: 'utf8' });
    return (JSON.parse(stdout) as { cef: Event }).cef;
  };
  const messages = async () =>
    (await rsyslog.understood()).map(({ msg, app }) => `${app === 'CEF' ? 'CEF:' : ''}${msg}`);

  test.each([
    ['UDP', 'rfc5424', () => cefTo(place('plain', 'udp'))],
    ['TCP', 'rfc3164', () => cefTo(place('plain', 'tcp'), { header: 'rfc3164' })],
    ['TLS', 'rfc5424', () => cefTo(place('tls', 'tls'), { ca: pem('ca.pem') })],
  ] as const)('over %s behind the header of %s', async (way, header, make) => {
    const id = `cef-${way}-${header}`;
    expect(await send(make(), { ...nasty(1), id })).toEqual(delivered);
    const cef = await eventually(async () =>
      (await messages()).find((message) => message.includes(`externalId=${id}`)),
    );
    expect(judged(cef)).toEqual({
      DeviceVendor: 'Moorwatch',
      DeviceProduct: 'Moorwatch',
      DeviceVersion: '1.2.3',
      SignatureID: 'MNT-01',
      Name: 'Something',
      Severity: '8',
      Extensions: expect.objectContaining({
        externalId: id,
        act: 'opened',
        cs1: 'id1',
        cs2: shown.replace('\\u{a}', '\n'),
        cs4: 'T1611,T1610',
        MoorwatchRaised: raised.replace('\\u{a}', '\n'),
        msg: `${shown.replace('\\u{a}', '\n')}: something`,
      }) as object,
    });
  });
});

describe('what the pages say of rsyslog', () => {
  const block = (page: string): string =>
    /^```rsyslog\n([\s\S]*?)^```$/m.exec(
      readFileSync(join(import.meta.dirname, '../../docs/siem', page), 'utf8'),
    )?.[1] ?? '';
  const starting = (page: string) =>
    startRsyslog({
      configuration: (directory, ports) =>
        block(page)
          .replaceAll('/etc/rsyslog-tls', directory)
          .replace('/var/log/moorwatch.log', join(directory, 'moorwatch.log'))
          .replace('port="6514"', `port="${ports.tlsMutual}"`)
          .replace('port="514"', `port="${ports.tlsMutual}"`)
          .replace('port="25226"', `port="${rsyslog.ports.plain}"`),
    });

  test('syslog.md: a line for each update', async () => {
    const theirs = await starting('syslog.md');
    const pems = { ca: join(theirs.directory, 'ca.pem'), cert: join(theirs.directory, 'client.pem') };
    const sink = syslogTo(`tls://127.0.0.1:${theirs.ports.tlsMutual}`, {
      ...pems,
      key: join(theirs.directory, 'client.key'),
    });
    expect(await send(sink, { ...update(1), at: 0 })).toEqual(delivered);
    const lines = () => readFile(join(theirs.directory, 'moorwatch.log'), 'utf8');
    expect(await eventually(async () => (await lines().catch(() => '')) || undefined)).toBe(
      '1970-01-01T00:00:00.000Z lab1 err update-1-1 c1 c1: something: something\n',
    );
    await theirs.stop();
  });

  test('cef.md: CEF goes on as it came', async () => {
    const theirs = await starting('cef.md');
    const sink = cefTo(`tcp://127.0.0.1:${theirs.ports.tlsMutual}`);
    expect(await send(sink, { ...update(1), id: 'forwarded' })).toEqual(delivered);
    const isThere = ({ msg }: Understood) => msg.includes('0|Moorwatch|') && msg.includes('externalId=forwarded ');
    await eventually(async () => (await rsyslog.understood()).find(isThere));
    await theirs.stop();
  });
});

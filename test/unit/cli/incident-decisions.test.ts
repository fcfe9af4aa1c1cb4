import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Feed, startFeed } from '../../../alerting/feed/server.ts';
import { createIncidentStage } from '../../../alerting/incidents/stage.ts';
import type { Processing } from '../../../shared/bus/port.ts';
import type { Finding } from '../../../shared/finding.ts';
import { incidentSchema } from '../../../shared/incident.ts';
import { suppressionSchema } from '../../../shared/suppression.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { runMoorwatch } from '../../support/cli/run.ts';
import { createMemoryBus, type MemoryBus } from '../../support/memory-bus.ts';
import { finding, rule, told } from '../alerting/finding-records.ts';

const token = 'a-token-of-sufficient-length-1234567';
const because = ['--reason', 'a known job', '--owner', 'sam'];

describe('deciding about incidents', () => {
  let bus: MemoryBus;
  let feed: Feed;
  let stage: Processing;
  let directory: string;

  beforeEach(async () => {
    bus = createMemoryBus();
    directory = await mkdtemp(join(tmpdir(), 'moorwatch-incidents-'));
    await writeFile(join(directory, 'feed.token'), token, { mode: 0o600 });
    feed = await startFeed({
      bus,
      logName: 'a test',
      telemetry: noTelemetry,
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      allowedOrigins: [],
      token,
      clock: Date.now,
      version: '1',
      metrics: async () => '',
    });
    const options = { quietMs: 3_600_000, reopenMs: 3_600_000, suppressionMs: 40 * 86_400_000 };
    stage = bus.process('alerting', 'findings', { stateTopic: 'incident-state', open: createIncidentStage(options) });
  });
  afterEach(async () => {
    await stage.stop();
    await feed.stop();
    await bus.close();
    await rm(directory, { recursive: true });
  });

  const find = (...findings: readonly Finding[]): Promise<void> =>
    bus.append(
      'findings',
      findings.map((one) => ({ key: one.host.id, value: JSON.stringify(told(one)), at: one.at })),
    );
  const moorwatch = (...args: readonly string[]) =>
    runMoorwatch([...args, '--state-dir', directory, '--port', new URL(feed.url).port]);
  const incidents = async () => {
    const { out } = await moorwatch('incidents', '--json');
    return out.split('\n').flatMap((line) => (line === '' ? [] : [incidentSchema.parse(JSON.parse(line))]));
  };
  const opened = async (count = 1) => {
    await expect.poll(incidents).toHaveLength(count);
    const [incident] = await incidents();
    if (incident === undefined) throw new Error('no incident');
    return incident;
  };

  it('acknowledges, notes and closes by the beginning of an id, and lists who did', async () => {
    await find(finding('f1'));
    const { id } = await opened();
    const acknowledged = await moorwatch('incidents', 'acknowledge', id.slice(0, 12), '--expect', '1', ...because);
    expect(acknowledged).toMatchObject({
      code: 0,
      out: 'acknowledged: web: Docker socket mounted; it opens again when it gets worse\n',
    });
    const late = await moorwatch('incidents', 'close', id, '--expect', '1', ...because);
    expect(late.code).not.toBe(0);
    expect(late.err).toContain('refused: the incident changed since: it has version 2, not 1');
    expect((await moorwatch('incidents', 'note', id, ...because)).out).toContain('noted on');
    expect((await moorwatch('incidents', 'close', id, ...because, '--json')).out).toContain('"status":"applied"');
    await expect.poll(async () => (await opened()).status).toBe('closed');
    expect(await opened()).toMatchObject({ closedBy: 'sam (by the local token)', notes: [{ note: 'a known job' }] });
    const { out } = await moorwatch('baselines', 'decisions');
    for (const order of ['acknowledge', 'close', 'note']) expect(out).toContain(order);
    expect(out).toContain('refused');
  });

  it('says what to do about one that went on in another, and that one in a third', async () => {
    const by = (name: string) => ({ ...rule(`by-${name}`), creator: `${name}-id` });
    await find(finding('f1', { in: 'cache' }), finding('f2', { at: 2_000 }), finding('f3', { in: 'job', at: 3_000 }));
    await opened(3);
    const idOf = async (name: string) =>
      (await incidents()).find(({ container }) => container?.name === name)?.id ?? '';
    const [cache, job] = [await idOf('cache'), await idOf('job')];
    await find(finding('f4', { in: 'job', ...by('web') }), finding('f5', { ...by('cache') }));
    await expect.poll(async () => (await incidents()).filter(({ status }) => status === 'open')).toHaveLength(1);
    const { code, out, err } = await moorwatch('incidents', 'close', job.slice(0, 10), ...because);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`refused: it goes on in incident ${cache}: cache: Docker socket mounted`);
    expect(err).toContain(`decide about that one: \`moorwatch incidents close ${cache} --reason …\``);
    expect((await moorwatch('incidents', 'close', cache, ...because)).out).toContain('closed: cache');
    await expect.poll(async () => (await incidents()).filter(({ status }) => status === 'open')).toHaveLength(0);
    const late = await moorwatch('incidents', 'acknowledge', job, ...because, '--json');
    expect(late.err).toContain(`see \`moorwatch incidents show ${cache}\``);
    expect(late.out).toContain(`"successor":"${cache}"`);
  });

  it('says so when nobody has an incident of that id', async () => {
    const { code, err } = await moorwatch('incidents', 'close', 'abc', ...because);
    expect(code).not.toBe(0);
    expect(err).toContain('no incident begins with abc');
  });

  it('tells what a suppression would have hidden, and hides nothing yet', async () => {
    const hostile = 'evil\u001b[2J';
    await find(
      ...Array.from({ length: 11 }, (_, n) => finding(`f${n}`, { severity: 'low', summary: hostile })),
      finding('worse', { severity: 'critical' }),
      finding('kept', { rule: { ...finding('').rule, catalogue: ['EVA-05'] } }),
      finding('other', { ...rule('rule-2') }),
      finding('digest', { digest: true }),
    );
    const args = ['suppressions', 'add', '--rule', 'rule-1', '--workload', 'web', '--for', '30d'];
    const preview = await moorwatch(...args, '--preview');
    expect(preview.code).toBe(0);
    expect(preview.err).toContain('would have hidden 12 findings of 14, 1 of them critical, 11 low');
    expect(preview.err).toContain('1 finding more would be told all the same: NET-01');
    expect(preview.err).not.toContain('\u001b[2J');
    expect(await moorwatch(...args)).toMatchObject({ code: 2, out: '' });
    const grave = await moorwatch(...args, ...because);
    expect(grave.code).not.toBe(0);
    expect(grave.err).toContain('it was not added');
    expect((await moorwatch('suppressions', 'list')).err).toContain('nothing is suppressed');
  });

  it('adds one like a finding, counts what it hides, and ends it', async () => {
    const configured = { ...finding('').container, configuration: 'c0ffee' };
    const quiet = { severity: 'low' as const, container: configured as NonNullable<Finding['container']> };
    await find(finding('f1', quiet));
    await opened();
    const added = await moorwatch('suppressions', 'add', '--finding', 'f1', '--for', '30d', ...because);
    expect(added.code).toBe(0);
    expect(added.out).toMatch(/^suppressed until \d{4}-/);
    expect(added.err).toContain('would have hidden 1 finding of 1, 1 of them low');
    await find(finding('f2', quiet), finding('f3', { severity: 'low', summary: 'another' }));
    await expect.poll(async () => (await opened()).count).toBe(2);
    const listed = (await moorwatch('suppressions', 'list', '--json')).out;
    expect(suppressionSchema.parse(JSON.parse(listed))).toMatchObject({
      scope: { rule: 'rule-1', workload: 'w-web', configuration: 'c0ffee' },
      suppressed: 1,
      owner: 'sam (by the local token)',
    });
    const { id } = suppressionSchema.parse(JSON.parse(listed));
    expect((await moorwatch('suppressions', 'list')).out).toContain('rule=rule-1 workload=w-web configuration=c0ffee');
    expect((await moorwatch('suppressions', 'end', id.slice(0, 8), ...because)).out).toBe(
      'ended; it hid 1 finding, low at worst\n',
    );
    expect((await moorwatch('suppressions', 'end', id, ...because)).err).toContain('no suppression begins with');
  });

  it.each([
    [['--workload', 'web'], /too wide/],
    [['--row', 'NET-01', '--workload', 'web'], /never hidden/],
    [['--rule', 'rule-1', '--workload', 'nobody'], /no workload with findings/],
    [['--rule', 'rule-1', '--field', 'x'], /a field is name=value/],
    [['--finding', 'nothing'], /no finding begins with nothing/],
    [['--finding', 'f'], /"f" is too short for the id of a finding/],
    [['--rule', 'rule-1', '--image', 'i', '--on', 'elsewhere'], /name one host with --on; .*lab1/],
  ])('asks for more where %j is unclear', async (args, why) => {
    await find(finding('f1'));
    const { code, err } = await moorwatch('suppressions', 'add', ...args, '--for', '1d', ...because);
    expect(code).toBe(2);
    expect(err).toMatch(why);
  });
});

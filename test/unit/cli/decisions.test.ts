import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAnalyzerStage } from '../../../analyzer/analyze.ts';
import { features } from '../../../analyzer/baselines/features/index.ts';
import { findWorkload } from '../../../cli/baselines/find.ts';
import { findDeviation } from '../../../cli/baselines/finding.ts';
import { whyLines } from '../../../cli/baselines/why.ts';
import type { Processing } from '../../../shared/bus/port.ts';
import { type Finding, findingRecordSchema } from '../../../shared/finding.ts';
import { encodeObservation, type Observation } from '../../../shared/observation.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { egress } from '../../support/analyzer/observations.ts';
import { quickBaselines } from '../../support/analyzer/play.ts';
import { ruleSet, wording } from '../../support/analyzer/rules.ts';
import { feedToken, startFeedLab } from '../../support/cli/feed-lab.ts';
import { createMemoryBus, type MemoryBus } from '../../support/memory-bus.ts';

const web = 'docker.io/library/nginx';
const feature = 'egress-destinations';
const known = { ip: '192.0.2.1', port: 443 };
const item = { as: 'novel', phases: ['steady'], known: [], count: 1, first: 1, last: 1 } as const;
/** A name that would clear the screen of who looks at it. */
const hostile = { ip: '203.0.113.9', port: 4444, domain: 'evil\u001b[2j\u202e.example' };
const because = ['--reason', 'a new supplier', '--owner', 'sam'];

describe('deciding about baselines', () => {
  let bus: MemoryBus;
  let lab: Awaited<ReturnType<typeof startFeedLab>>;
  let analyzer: Processing;

  const analyze = (): Processing =>
    bus.process('analyzer', 'observations', {
      stateTopic: 'analyzer-state',
      open: createAnalyzerStage({
        rules: () => ruleSet([]),
        wording,
        features,
        baselines: quickBaselines,
        telemetry: noTelemetry,
        clock: Date.now,
      }),
    });
  beforeEach(async () => {
    bus = createMemoryBus();
    lab = await startFeedLab({ bus });
    analyzer = analyze();
  });
  afterEach(async () => {
    await analyzer.stop();
    await lab.stop();
    await bus.close();
  });

  const see = (...observations: readonly Observation[]): Promise<void> =>
    bus.append(
      'observations',
      observations.map((one) => ({ key: one.host.id, value: encodeObservation(one), at: one.at })),
    );
  const look = { age: 200 };
  const found = (): readonly Finding[] =>
    bus.all('findings').flatMap(({ value }) => {
      const record = findingRecordSchema.parse(JSON.parse(value ?? ''));
      return record.type === 'finding' && record.finding.digest !== true ? [record.finding] : [];
    });
  /** The workload has learned one destination, and then went to another. */
  const deviation = async (): Promise<Finding> => {
    await see(...[1, 2, 3, 4, 5, 6].map((at) => egress('c1', at, known, look)), egress('c1', 7, hostile, look));
    await expect.poll(found).toHaveLength(1);
    const [finding] = found();
    if (finding === undefined) throw new Error('no finding');
    return finding;
  };
  const bearer = { authorization: `Bearer ${feedToken}` };
  const moorwatch = (...args: readonly string[]) => lab.run(['baselines', ...args]);

  it('says why a finding did not fit, teaches that it is normal, and shows who did', async () => {
    const { id } = await deviation();
    const listed = await lab.run(['findings']);
    expect(listed.out.trimEnd().endsWith(`  ${id}`)).toBe(true);
    const why = await moorwatch('why', id);
    expect(why.code).toBe(0);
    for (const part of [
      `What is known of ${web} on anchor in ${feature}`,
      '  1 item',
      '192.0.2.1 port 443/tcp (seen 6 times)',
      'later: learned since',
      'was not known when it was seen',
      `moorwatch baselines approve --finding ${id}`,
    ])
      expect(why.out).toContain(part);

    const approved = await moorwatch('approve', '--finding', id, ...because);
    expect(approved).toMatchObject({ code: 0, err: '' });
    expect(approved.out).toContain(`normal for ${web} from now on (${feature})`);
    await see(egress('c1', 8, hostile, look), egress('c1', 9, { ip: hostile.ip, port: 5 }, look));
    await expect.poll(found).toHaveLength(2);
    expect(found()[1]?.summary).toContain('port 5/tcp');

    expect((await moorwatch('why', id)).out).toContain('nothing: sam (by the local token) approved it');
    const shown = await moorwatch('show', web);
    expect(shown.out).toContain('reason: "a new supplier"');
    const log = await moorwatch('decisions');
    expect(log.out).toMatch(
      /^[0-9a-f]{12} .* anchor +sam \(by the local token\) +approve +applied +a new supplier +evil/m,
    );
    const decision = /^[0-9a-f]{12}/m.exec(log.out)?.[0] ?? '';
    const one = await moorwatch('decisions', decision);
    expect(one.out).toMatch(new RegExp(`^id: "?${decision}`));
    expect((await moorwatch('decisions', '0123456789')).err).toContain('no decision begins with 0123456789');
    for (const { out } of [why, approved, shown, log]) expect(out).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u);
  });

  it('takes the beginning of an id where one finding alone begins so', async () => {
    const { id } = await deviation();
    const short = id.slice(0, 8);
    expect((await moorwatch('why', short)).out).toContain(`moorwatch baselines approve --finding ${id}`);
    expect((await moorwatch('why', id.slice(0, 5))).err).toContain('is too short for the id of a finding');
    expect((await moorwatch('why', `${short}x`)).err).toContain(`no finding begins with ${short}x`);
    const [record] = bus.all('findings').filter(({ value }) => value?.includes(id));
    const twin = record?.value?.replaceAll(id, `${short}${'0'.repeat(24)}`) ?? '';
    // The same one twice, as after an analysis that was done again, is one.
    await bus.append('findings', [{ key: 'HOST', value: record?.value ?? '', at: 8 }]);
    expect((await moorwatch('why', short)).code).toBe(0);
    await bus.append('findings', [{ key: 'HOST', value: twin, at: 9 }]);
    for (const asked of [
      await moorwatch('why', short),
      await moorwatch('approve', '--finding', short, ...because),
      await moorwatch('forget', '--finding', short, ...because),
    ]) {
      expect(asked.code).toBe(1);
      expect(asked.err).toContain(`2 findings begin with ${short}:`);
      expect(asked.err).toMatch(new RegExp(`^  ${id}  \\S+Z  \\w+: .*evil.*, where it never did before$`, 'm'));
      expect(asked.err).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u);
    }
    expect((await moorwatch('approve', '--finding', id.slice(0, 30), ...because)).code).toBe(0);
  });

  it('finds an item by its key and by its text as it is shown, and asks where that is not enough', async () => {
    await deviation();
    const { out } = await moorwatch('show', web, '--json');
    const [text, key] = [
      /"text":"(evil[^"]*)"/.exec(out)?.[1] ?? '',
      /"key":"([0-9a-f]{32})","text":"evil/.exec(out)?.[1],
    ];
    const spelled = JSON.parse(`"${text}"`) as string;
    expect((await moorwatch('approve', web, feature, spelled, ...because)).code).toBe(0);
    expect((await moorwatch('forget', web, feature, key ?? '', ...because)).out).toContain('told as new');
    const usual = /"key":"([0-9a-f]{32})","text":"192/.exec(out)?.[1];
    expect((await moorwatch('forget', web, feature, usual ?? '', ...because)).code).toBe(0);
    await see(egress('c1', 10, known, look));
    await expect.poll(found).toHaveLength(2);

    const part = await moorwatch('approve', web, feature, 'port', ...because);
    expect(part.code).toBe(1);
    expect(part.err).toContain('192.0.2.1 port 443/tcp');
    expect((await moorwatch('approve', web, feature, 'nothing like it', ...because)).err).toContain('is no item');
    expect((await moorwatch('approve', web, 'dreams', 'x', ...because)).err).toMatch(
      new RegExp(`it has of: .*${feature}`),
    );
    expect((await moorwatch('approve', web, 'egres-destinations', 'x', ...because)).err).toContain(
      `did you mean ${feature}? it has of: `,
    );
    const mistyped = await moorwatch('approve', web, feature, '192.0.2.1 port 434/tcp', ...because);
    expect(mistyped.err).toMatch(/is no item of .*:\n {2}[0-9a-f]{32} {2}192\.0\.2\.1 port 443\/tcp\n/);
    const nobody = await moorwatch('approve', 'docker.io/library/ngnix', feature, 'x', ...because);
    expect(nobody).toMatchObject({ code: 1 });
    expect(nobody.err).toContain('no workload of the id or name "docker.io/library/ngnix" has a baseline');
    expect(nobody.err).toContain(`did you mean ${web}? there are: `);
    expect((await moorwatch('show', '')).err).toContain('no workload of the id or name "" has a baseline');
    expect((await moorwatch('approve', web, ...because)).code).toBe(2);
    expect((await moorwatch('approve', web, feature, 'x')).code).toBe(2);
    expect((await moorwatch('why', 'nothing')).code).toBe(1);
  });

  it('enforces, learns again and begins anew', async () => {
    await deviation();
    const enforced = await moorwatch('mode', web, 'enforce', ...because);
    expect(enforced.out).toMatch(
      /^docker\.io\/library\/nginx: \d+ features: enforced: nothing is learned, what is not known is high(;.*)?$/m,
    );
    expect(enforced.out).not.toContain('host-workloads');
    expect(enforced.out).toMatch(/^ {2}enforced: .* is high\n {4}.*egress-destinations(, [a-z-]+)*$/m);
    const again = await moorwatch('mode', web, 'enforce', '--json', ...because);
    expect(JSON.parse(again.out)).toMatchObject({
      features: expect.arrayContaining([{ feature, text: 'was enforced already' }]) as unknown,
    });
    expect((await moorwatch('list')).out).toContain('enforced');
    await see(egress('c1', 20, { ...known, port: 1 }, look));
    await expect.poll(found).toHaveLength(2);
    expect(found()[1]?.severity).toBe('high');
    expect(found()[1]?.summary).toContain('enforced');
    expect((await moorwatch('mode', web, 'learn', '--feature', feature, ...because)).out).toContain('learns by itself');
    const mistyped = await moorwatch('reset', web, '--feature', 'exec-comands', ...because);
    expect(mistyped.err).toContain('did you mean exec-commands?');
    expect((await moorwatch('reset', web, ...because)).out).toContain('3 items forgotten');
    expect((await moorwatch('list')).out).toMatch(/egress-destinations +learning +0/);
  });

  it('asks for the host when workloads of two hosts have one name', async () => {
    await deviation();
    await see({ ...egress('c9', 30, known, look), host: { id: 'SECOND', name: 'second' } });
    await expect.poll(async () => (await moorwatch('list')).out).toContain('second');
    const both = await moorwatch('reset', web, ...because);
    expect(both.code).toBe(1);
    expect(both.err).toContain('on second (SECOND)');
    expect((await moorwatch('reset', web, '--on', 'second', ...because)).code).toBe(0);
    expect((await moorwatch('reset', web, '--on', 'third', ...because)).err).toContain('it has on: anchor, second');
  });

  it('says of a number what it usually is', async () => {
    const { id } = await deviation();
    const api = { get: async (path: string) => (await fetch(`${lab.feed.url}${path}`, { headers: bearer })).json() };
    const found = await findDeviation(api, id);
    const [baseline] = await findWorkload(api, web, undefined);
    const text = 'half at most 1 %, never above 2 %\u202e';
    const quantity = { kind: 'level', unit: '%', text } as const;
    const [{ key }] = found.parts;
    const lines = whyLines(found, [{ ...baseline, feature, items: [{ ...item, key, text: '40 %' }], quantity }]);
    expect(lines).toContain('  half at most 1 %, never above 2 %\\u{202e}');
    expect(lines.at(-2)).toBe(`  40 % is learned as normal for ${web} on anchor.`);
    expect(whyLines(found, [{ ...baseline, feature, items: [], quantity }]).at(-1)).toContain('cannot be approved');
  });

  it('says how often the like is expected, of its feature and among all that the workload shows', async () => {
    const { id } = await deviation();
    const api = { get: async (path: string) => (await fetch(`${lab.feed.url}${path}`, { headers: bearer })).json() };
    const found = await findDeviation(api, id);
    const { finding } = found;
    const [baseline] = await findWorkload(api, web, undefined);
    const expected = { 'deviation.expected_per_week': 0.4, 'deviation.workload_per_week': 2.5 };
    const linesOf = (severity: 'low' | 'medium'): readonly string[] =>
      whyLines({ ...found, finding: { ...finding, severity, observation: { ...finding.observation, ...expected } } }, [
        { ...baseline, feature, items: [] },
      ]);
    const among = '  of all that the workload shows, what is as rare is expected 2.5 times a week';
    for (const lines of [linesOf('low'), linesOf('medium')])
      expect(lines).toContain('  novelties like it are expected 0.4 times a week');
    expect(linesOf('medium')).toContain(among);
    expect(linesOf('low')).toContain(`${among}: too often to be more than low`);
  });

  it('says that a kind was judged by itself, and where nothing says how often the like comes', async () => {
    const { id } = await deviation();
    const api = { get: async (path: string) => (await fetch(`${lab.feed.url}${path}`, { headers: bearer })).json() };
    const found = await findDeviation(api, id);
    const views = await findWorkload(api, web, undefined);
    const baseline = views.find((view) => view.feature === feature) ?? views[0];
    const { 'deviation.expected_per_week': _often, ...observation } = found.finding.observation;
    const linesOf = (more: Finding['observation']): readonly string[] =>
      whyLines({ ...found, finding: { ...found.finding, severity: 'low', observation: more } }, [
        { ...baseline, feature, items: [] },
      ]);
    const ofKind = '  what is new of other kinds is still learned; of its own (neighbour) nothing was for long';
    const unknown =
      '  nothing says yet how often such things come: seen for too short a time, or with the first new image version';
    expect(linesOf({ ...observation, 'deviation.kind': 'neighbour' })).toContain(ofKind);
    expect(linesOf(observation)).toContain(unknown);
    const often = linesOf({ ...observation, 'deviation.expected_per_week': 2 });
    expect(often).not.toContain(ofKind);
    expect(often).not.toContain(unknown);
  });

  it('says what is refused', async () => {
    const { id } = await deviation();
    await moorwatch('reset', web, ...because);
    const refused = await moorwatch('approve', '--finding', id, ...because);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/refused: .* is not known to have shown/);
  });
});

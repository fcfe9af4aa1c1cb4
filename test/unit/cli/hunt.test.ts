import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnalyzerStage } from '../../../analyzer/analyze.ts';
import { features } from '../../../analyzer/baselines/features/index.ts';
import { wording } from '../../../analyzer/sigma/wording.ts';
import { openRulesAt } from '../../../cli/rule-set.ts';
import { openSqliteBus } from '../../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../../shared/bus/topics.ts';
import { configSchema } from '../../../shared/config/schema.ts';
import { type Finding, findingSchema } from '../../../shared/finding.ts';
import { encodeObservation, type Observation } from '../../../shared/observation.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { egress, exec, host, snapshot } from '../../support/analyzer/observations.ts';
import { runMoorwatch } from '../../support/cli/run.ts';
import { eventually } from '../../support/eventually.ts';

const later = { age: 100 };
const start = Date.UTC(2026, 10, 1);
const happened: readonly Observation[] = [
  ...snapshot('c1', start, { mounts: { '/var/run/docker.sock': '/run/docker.sock' }, privileged: true }),
  exec('c1', start + 1_000, ['sh', '-c', 'nsenter -t 1 -m -- sh'], { ...later }),
  egress('c1', start + 2_000, { ip: '192.0.2.1', port: 443 }, later),
  egress('c1', start + 3_000, { ip: '192.0.2.66', port: 4444 }, later),
];
const config = configSchema.parse({});
const socketRule = '0d2b6d35-6c2f-4f5c-9f0e-0d1a52f0a001';
const rule = (id: string, text: string): string =>
  [`title: Rule ${id.slice(-1)}`, `id: ${id}`, 'catalogue: [MNT-01]', text].join('\n');
const rules = [
  rule(
    socketRule,
    'logsource: { product: docker, category: container_configuration }\ndetection: { it: { mount.source_real: /run/docker.sock }, condition: it }\nlevel: high',
  ),
  rule(
    '0d2b6d35-6c2f-4f5c-9f0e-0d1a52f0a002',
    'logsource: { product: docker, category: exec }\ndetection: { it: { CommandLine|contains: nsenter }, condition: it }\nlevel: critical',
  ),
];
const bytesOf = (file: string): string => readFileSync(file).toString('base64');

describe('hunt', () => {
  let directory: string;
  let found: readonly Finding[];
  const database = (): string => join(directory, 'moorwatch.db');
  const mine = (): string => join(directory, 'rules');
  const hunt = async (...args: readonly string[]) => {
    const told = await runMoorwatch(['hunt', '--config', '/dev/null', '--state-dir', directory, ...args, '--json']);
    const findings = told.out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => findingSchema.parse(JSON.parse(line)));
    return { ...told, findings, ids: findings.map(({ id }) => id) };
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'moorwatch-hunt-'));
    const topics = topicSpecs({ partitions: 4, retention: { ms: 1e12, bytes: 1e9 } });
    const bus = await openSqliteBus({ path: database(), synchronous: 'normal', topics });
    mkdirSync(mine());
    for (const [index, text] of rules.entries()) writeFileSync(join(mine(), `${index}.yml`), text);
    const { set } = await openRulesAt([mine()], undefined);
    expect(set.problems).toEqual([]);
    // Tampered records are no reason for a hunt to end.
    const values = [...happened.map(encodeObservation), '{"kind":'];
    await bus.append(
      topic.observations,
      values.map((value) => ({ key: host.id, value, at: start })),
    );
    const stage = createAnalyzerStage({
      rules: () => set,
      wording,
      features,
      baselines: config.baselines,
      telemetry: noTelemetry,
      clock: () => 0,
    });
    bus.process('analyzer', topic.observations, { stateTopic: topic.analyzerState, open: stage });
    const rejected = async (): Promise<number> =>
      (await bus.bounds(topic.rejected)).reduce((sum, { end }) => sum + end, 0);
    await eventually(async () => expect(await rejected()).toBe(1));
    const told: Finding[] = [];
    for await (const { records } of bus.read(topic.findings, { from: 'oldest', follow: false }))
      for (const { value } of records) told.push(findingSchema.parse(JSON.parse(value ?? '').finding));
    found = told;
    await bus.close();
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('finds what was found when it happened, under the same ids, and changes nothing', async () => {
    const before = bytesOf(database());
    const { code, ids, err } = await hunt(mine());
    expect(code).toBe(0);
    expect(found.map(({ severity }) => severity)).toEqual(['high', 'critical']);
    expect(ids).toEqual(found.map(({ id }) => id));
    expect(err).toContain('2 findings (1 critical, 1 high) in 6 records, by 2 rules');
    expect(err).toContain('1 record could not be read as observations');
    expect(bytesOf(database())).toBe(before);
  });

  it('tells only what is asked for: rules, rows, severity, what is new', async () => {
    expect((await hunt(mine(), '--rule', socketRule)).findings).toHaveLength(1);
    expect((await hunt(mine(), '--rule', 'mnt-01')).findings).toHaveLength(2);
    const grave = found.filter(({ severity }) => severity === 'critical').map(({ id }) => id);
    expect((await hunt(mine(), '--severity', 'critical')).ids).toEqual(grave);
    expect((await hunt(mine(), '--new')).ids).toEqual([]);
    expect((await hunt(mine(), '--until', '2000-01-01')).ids).toEqual([]);
    expect((await hunt(mine(), '--since', '2100-01-01')).ids).toEqual([]);
  });

  it('runs rules of one’s own over the past, and only these', async () => {
    const file = join(directory, 'mine.yml');
    writeFileSync(
      file,
      rule(
        '0d2b6d35-6c2f-4f5c-9f0e-0d1a52f0a003',
        'logsource: { product: docker, category: connection }\ndetection: { it: { DestinationPort: 4444 }, condition: it }\nlevel: low',
      ),
    );
    const { findings } = await hunt(file, '--new');
    expect(findings.map(({ rule: { title }, severity }) => [title, severity])).toEqual([['Rule 3', 'low']]);
  });

  it('judges the past by a profile', async () => {
    const profile = join(directory, 'profile.yml');
    writeFileSync(
      profile,
      [
        'moorwatch-profile: 1',
        `workload: { id: "workload of docker.io/library/nginx", name: "nginx" }`,
        `host: { id: "${host.id}", name: "${host.name}" }`,
        'mode: enforce',
        'features: { egress-destinations: { items: [] } }',
      ].join('\n'),
    );
    const { findings } = await hunt(mine(), '--profile', profile);
    const deviations = findings.filter(({ kind }) => kind === 'deviation');
    expect(deviations.map(({ severity }) => severity)).toEqual(['high', 'high']);
    expect(deviations.map(({ summary }) => summary).join()).toContain('192.0.2.66');
  });

  it('says where it looked when there is no log', async () => {
    const { code, err } = await runMoorwatch(['hunt', '--config', '/dev/null', '--state-dir', '/nowhere', mine()]);
    expect(code).toBe(78);
    expect(err).toContain('there is no log at /nowhere/moorwatch.db');
  });
});

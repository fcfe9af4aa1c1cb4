import { describe, expect, it } from 'vitest';
import { brokersFindings, clusterFindings } from '../../../../cli/doctor/kafka.ts';
import { lagFindings } from '../../../../cli/doctor/kafka-lag.ts';
import { groupsOf, keyOf, needsOf } from '../../../../cli/doctor/kafka-parts.ts';
import { rightsFindings } from '../../../../cli/doctor/kafka-rights.ts';
import { topicsFindings } from '../../../../cli/doctor/kafka-topics.ts';
import type { BrokerFacts, ClusterFacts, TopicFacts } from '../../../../shared/bus/kafka/inspect.ts';
import type { GroupFacts, PartitionFacts } from '../../../../shared/bus/kafka/inspect-groups.ts';
import { createNames } from '../../../../shared/bus/kafka/names.ts';
import type { Answer } from '../../../../shared/bus/kafka/rights.ts';
import type { TopicDifference } from '../../../../shared/bus/kafka/topic-settings.ts';
import { topicSpecs } from '../../../../shared/bus/topics.ts';
import { exitCode, UserError } from '../../../../shared/errors.ts';

const containing = (text: string): unknown => expect.stringContaining(text);
const hour = 3_600_000;
const now = Date.parse('2026-11-24T12:00:00Z');
const topics = topicSpecs({ partitions: 2, retention: { ms: 100 * hour, bytes: 1_000_000_000 } });
const [observations] = topics;
if (observations === undefined) throw new Error('there are topics');

describe('brokers', () => {
  const facts = (...brokers: readonly Partial<BrokerFacts>[]): ClusterFacts => ({
    brokers: brokers.map((broker, index) => ({ address: `b${index}:1`, configured: true, ...broker })),
    topics: [],
    groups: [],
    rights: new Map(),
  });
  const statuses = (...brokers: readonly Partial<BrokerFacts>[]): readonly string[] =>
    brokersFindings(facts(...brokers), now).map(({ status }) => status);
  const away = new UserError('away', { fix: 'start it', code: exitCode.unavailable });
  const refused = new UserError('wrong password', { fix: 'correct it', code: exitCode.permission });

  it('one of several that is away is to know, all that are away are to mend', () => {
    expect(statuses({}, { problem: away })).toEqual(['ok', 'warn']);
    expect(statuses({ problem: away }, { problem: away })).toEqual(['fail', 'fail']);
  });

  it('one that refuses us is to mend, whatever others do', () => {
    expect(statuses({}, { problem: refused })).toEqual(['ok', 'fail']);
  });

  it('one that only the cluster names must be reachable, too', () => {
    const [, finding] = brokersFindings(facts({}, { configured: false, problem: away }), now);
    expect(finding).toMatchObject({ status: 'fail', fix: containing('advertised.listeners') });
  });

  it('certificates that expire soon are to know, expired ones to mend', () => {
    const until = (days: number): Partial<BrokerFacts> => ({
      certificate: { protocol: 'TLSv1.3', subject: 'b', issuer: 'ca', validTo: now + days * 24 * hour },
    });
    expect(statuses(until(100)).at(-1)).toBe('ok');
    expect(statuses(until(3)).at(-1)).toBe('warn');
    expect(statuses(until(-1)).at(-1)).toBe('fail');
  });

  it('brokers that lack what is needed, or are old, are told', () => {
    expect(statuses({ missingApis: ['EndTxn'] })).toEqual(['ok', 'fail']);
    expect(statuses({ missingApis: [] })).toEqual(['ok', 'warn']);
    expect(statuses({ missingApis: [], release: '2.3 or newer' })).toEqual(['ok']);
  });

  it('a cluster without a controller is to mend', () => {
    const cluster = { id: 'x', controller: undefined, nodes: 3 };
    expect(clusterFindings({ ...facts({}), cluster }).map(({ status }) => status)).toEqual(['fail']);
    expect(clusterFindings({ ...facts({}), cluster: { ...cluster, controller: 2 } })[0]?.status).toBe('ok');
  });
});

describe('topics', () => {
  const options = { brokers: ['b:1'], clientId: 'c', topicPrefix: 'm.', topics, replication: 3 };
  const there: Extract<TopicFacts['state'], { kind: 'there' }> = {
    kind: 'there',
    partitions: 2,
    copies: 3,
    underReplicated: 0,
    leaderless: 0,
    differences: [],
  };
  const findings = (state: TopicFacts['state'], createTopics = true) =>
    topicsFindings([{ spec: observations, name: 'm.observations', state }], { ...options, createTopics });
  const statuses = (state: TopicFacts['state']) => findings(state).map(({ status }) => status);

  it('as they should be are ok', () => expect(statuses(there)).toEqual(['ok']));

  it('each trouble is told', () => {
    expect(statuses({ ...there, partitions: 3 })).toEqual(['fail']);
    expect(statuses({ ...there, leaderless: 1, underReplicated: 1 })).toEqual(['fail']);
    expect(statuses({ ...there, underReplicated: 1 })).toEqual(['warn']);
    expect(statuses({ ...there, copies: 1 })).toEqual(['warn']);
    expect(statuses({ ...there, differences: 'unseen' })).toEqual(['ok', 'warn']);
    expect(statuses({ kind: 'hidden' })).toEqual(['fail']);
    expect(statuses({ kind: 'unknown', reason: 'late' })).toEqual(['fail']);
  });

  it('a setting that differs comes with the command that corrects it', () => {
    const differs = { topic: 'm.observations', setting: 'retention.ms', expected: '360000000', actual: '1' };
    expect(findings({ ...there, differences: [differs] })[0]).toMatchObject({
      status: 'warn',
      fix: 'kafka-configs.sh --bootstrap-server b:1 --entity-type topics --entity-name m.observations --alter --add-config retention.ms=360000000',
    });
  });

  it('a missing topic is created by us, or comes with the command', () => {
    expect(findings({ kind: 'missing', refusal: undefined })).toMatchObject([{ status: 'warn' }]);
    const byHand = [
      ...findings({ kind: 'missing', refusal: undefined }, false),
      ...findings({ kind: 'missing', refusal: 'TOPIC_AUTHORIZATION_FAILED' }),
    ];
    const command = containing('--create --topic m.observations --partitions 2 --replication-factor 3');
    expect(byHand).toMatchObject([
      { status: 'fail', fix: command },
      { status: 'fail', fix: command },
    ]);
  });
});

describe('topics with other partitions than configured', () => {
  const options = { brokers: ['b:1'], clientId: 'c', topicPrefix: 'm.', topics, replication: 1, createTopics: false };
  const [first, second, third] = topics;
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are topics');
  const there = (spec: typeof first, partitions: number, differences: TopicDifference[] = []): TopicFacts => ({
    spec,
    name: `m.${spec.name}`,
    state: { kind: 'there', partitions, copies: 1, underReplicated: 0, leaderless: 0, differences },
  });

  it('are to be used as they are; what is missing is made like them, and sizes are divided among what there is', () => {
    const tooMuch = { topic: `m.${first.name}`, setting: 'retention.bytes', expected: '125000000', actual: '1' };
    const missing: TopicFacts = {
      spec: third,
      name: `m.${third.name}`,
      state: { kind: 'missing', refusal: undefined },
    };
    expect(topicsFindings([there(first, 8, [tooMuch]), there(second, 8), missing], options)).toMatchObject([
      { status: 'fail', fix: containing('set log.partitions to 8') },
      { status: 'warn', fix: containing('--add-config retention.bytes=125000000') },
      { status: 'fail', fix: containing('set log.partitions to 8') },
      { status: 'fail', fix: containing(`--create --topic m.${third.name} --partitions 8`) },
    ]);
  });

  it('and of different numbers: no setting makes that right', () => {
    const fixes = topicsFindings([there(first, 8), there(second, 3)], options).map((one) =>
      'fix' in one ? one.fix : '',
    );
    expect(fixes).toEqual([containing('(3, 8 partitions): choose another'), containing('choose another')]);
    expect(fixes.join('')).not.toContain('log.partitions');
  });
});

describe('rights', () => {
  const parts = needsOf(createNames('m.', topics), ['mail']);
  const told = (answer: (key: string) => Answer) => {
    const keys = parts.flatMap(({ rights }) => rights.map(keyOf));
    const sasl = { mechanism: 'plain', username: 'bob', password: 'secret' } as const;
    const answers = new Map(keys.map((key) => [key, answer(key)]));
    return rightsFindings({ parts, answers, endpoint: { brokers: ['b:1'], sasl } });
  };

  it('all given: one line a part', () => {
    expect(told(() => 'allowed').map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
  });

  it('none given: the commands, without the password', () => {
    const findings = told(() => 'denied');
    expect(new Set(findings.map(({ status }) => status))).toEqual(new Set(['fail']));
    const fixes = findings.map((finding) => ('fix' in finding ? finding.fix : ''));
    const head = 'kafka-acls.sh --bootstrap-server b:1 --add --allow-principal User:bob';
    expect(fixes).toContain(`${head} --operation Read --group m.alerting --group m.sink-mail`);
    expect(fixes).toContain(
      `${head} --operation Write --transactional-id m.analyzer-observations- --resource-pattern-type prefixed`,
    );
    expect(JSON.stringify(findings)).not.toContain('secret');
  });

  it('a user that may do all for one part: what others lack is to know', () => {
    const collector = new Set(parts[0]?.rights.map(keyOf));
    const findings = told((key) => (collector.has(key) ? 'allowed' : 'denied'));
    expect(findings[0]).toMatchObject({ status: 'ok', text: containing('collector') });
    expect(new Set(findings.slice(1).map(({ status }) => status))).toEqual(new Set(['warn']));
  });

  it('what could not be tested is not called given', () => {
    const findings = told((key) => (key.startsWith('group') ? 'unknown' : 'allowed'));
    expect(findings.map(({ status }) => status)).toEqual(['ok', 'warn', 'warn']);
  });
});

describe('lag', () => {
  const partition: PartitionFacts = { partition: 0, position: 50, oldest: 0, end: 100, lag: 50, waitingSince: now };
  const findings = (members: number, ...partitions: readonly Partial<PartitionFacts>[]) => {
    const state: GroupFacts['state'] = {
      kind: 'known',
      members,
      partitions: partitions.map((one) => ({ ...partition, ...one })),
    };
    return lagFindings({ group: 'analyzer', topic: 'observations', state }, topics, now);
  };
  const statuses = (members: number, ...partitions: readonly Partial<PartitionFacts>[]) =>
    findings(members, ...partitions).map(({ status }) => status);

  it('is the sum over partitions', () => {
    expect(findings(2, {}, { partition: 1, lag: 7 })).toEqual([
      { status: 'ok', about: 'lag analyzer', text: '57 records of observations wait, 2 members' },
    ]);
  });

  it('without anybody who works on it is to mend, a great one is to know', () => {
    expect(statuses(0, {})).toEqual(['fail']);
    expect(statuses(0, { lag: 0, waitingSince: undefined })).toEqual(['ok']);
    expect(statuses(1, { lag: 10_001 })).toEqual(['warn']);
  });

  it('that retention overran, or will soon, is to mend', () => {
    expect(statuses(1, { oldest: 60 })).toEqual(['ok', 'fail']);
    expect(statuses(1, { waitingSince: now - 74 * hour })).toEqual(['ok']);
    expect(findings(1, { waitingSince: now - 76 * hour })[1]).toMatchObject({
      status: 'fail',
      text: containing('deleted in 24.0 h'),
    });
  });

  it('close to where the broker deletes by size is to know', () => {
    const near = { oldest: 1_000, position: 2_000, end: 50_000, lag: 48_000 };
    expect(statuses(1, near)).toEqual(['warn', 'warn']);
    expect(statuses(1, { ...near, position: 20_000, lag: 30_000 })).toEqual(['warn']);
    // A log that has never deleted does not begin to because a group is new.
    expect(statuses(1, { ...near, oldest: 0, position: 1_000 })).toEqual(['warn']);
  });
});

it('groups are those of the parts and one a sink', () => {
  expect(groupsOf(['mail']).map(({ group, topic }) => `${group} ${topic}`)).toEqual([
    'analyzer observations',
    'alerting findings',
    'sink-mail incidents',
  ]);
});

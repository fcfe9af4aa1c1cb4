import { describe, expect, it } from 'vitest';
import { busGapHeader } from '../../../shared/bus/port.ts';
import { exec, heartbeat, snapshot } from '../../support/analyzer/observations.ts';
import { createPlay, findings, told } from '../../support/analyzer/play.ts';
import { privilegedExec, rule, ruleSet } from '../../support/analyzer/rules.ts';

describe('the analyzer stage', () => {
  it('makes a finding of a signature that matches, with the fields that mattered', () => {
    const play = createPlay();
    const observation = exec('c1', 1_000, ['sh'], { privileged: true });
    const [finding] = findings(play.batch([observation]));
    expect(finding).toMatchObject({
      at: 1_000,
      detectedAt: 1_000,
      kind: 'signature',
      nature: 'event',
      severity: 'critical',
      rule: { id: 'EXE-01', catalogue: ['EXE-01'], hash: 'hash of EXE-01' },
      ruleSet: 'rules-1',
      container: { id: 'c1', name: 'web' },
      observation: { id: observation.id, kind: 'exec', 'exec.privileged': true, 'exec.command': 'sh' },
      coverage: { tier: 'engine' },
    });
    expect(finding?.observation).not.toHaveProperty('exec.uid');
    expect(finding?.traceparent).toMatch(new RegExp(`^00-${observation.id}-[0-9a-f]{16}-01$`));
  });

  it('puts a record that is no observation into `rejected` and goes on', () => {
    const play = createPlay();
    const records = play.batch([
      { text: '{"kind":', at: 1 },
      { text: '{"id":"x","kind":"nonsense","at":1}', at: 2 },
      exec('c1', 3, ['sh'], { privileged: true }),
    ]);
    expect(told(records)).toEqual(['EXE-01']);
    const rejected = play.outputs
      .filter(({ topic }) => topic === 'rejected')
      .map(({ record }): unknown => JSON.parse(record.value ?? ''));
    expect(rejected).toMatchObject([
      { offset: 0, topic: 'observations', partition: 0, value: '{"kind":' },
      { offset: 1, reason: 'observation kind "nonsense" is not known' },
    ]);
  });

  it('tells a rule on the container once, not once more with each of its mounts', () => {
    const facts = { fields: ['container.privileged'] };
    const anywhere = rule('EVT-1', ({ container }) => container?.privileged === true, facts);
    const condition = rule('CFG-01', ({ container }) => container?.privileged === true, {
      ...facts,
      nature: 'condition',
    });
    const play = createPlay({ rules: ruleSet([anywhere, condition]) });
    const records = play.batch(snapshot('c1', 1, { privileged: true, mounts: { '/a': '/srv', '/b': '/srv' } }));
    expect(told(records)).toEqual(['EVT-1', 'CFG-01 container']);
  });

  it('says that a rule failed and lets the others judge', () => {
    const broken = rule('BROKEN', () => {
      throw new Error('no such field');
    });
    const play = createPlay({ rules: ruleSet([broken, privilegedExec]) });
    expect(told(play.batch([exec('c1', 1, ['sh'], { privileged: true })]))).toEqual(['EXE-01']);
    expect(play.happenings).toContainEqual({ name: 'ruleFailed', rule: 'BROKEN', reason: 'no such field' });
  });

  it('writes a change of the rule set into the log', () => {
    const play = createPlay();
    play.batch([heartbeat(1, 1_000)]);
    play.batch([heartbeat(2, 2_000)]);
    const said = play.outputs.filter(({ topic }) => topic === 'status');
    expect(said.map(({ record }): unknown => [record.key, JSON.parse(record.value ?? '')])).toEqual([
      ['analyzer/ruleset/0', { part: 'analyzer', ruleSet: 'rules-1', since: 1_000 }],
    ]);
  });
});

describe('gaps that nobody else can tell', () => {
  it('tells that a host fell silent, when a tick moves time past its last heartbeat by 30 s', () => {
    const play = createPlay();
    play.batch([heartbeat(1, 1_000), heartbeat(2, 6_000)]);
    // Half-way a tick shows that the log can be appended to.
    expect(play.commits.at(-1)?.nextWake).toBe(21_000);
    expect(told(play.batch([{ tick: 21_100 }]))).toEqual([]);
    expect(play.commits.at(-1)?.nextWake).toBe(36_000);
    expect(told(play.batch([{ tick: 35_999 }]))).toEqual([]);
    const [finding] = findings(play.batch([{ tick: 36_000 }]));
    expect(finding).toMatchObject({
      rule: { id: 'MON-01' },
      at: 36_000,
      observation: { 'gap.reason': 'heartbeat-silent' },
    });
    expect(told(play.batch([{ tick: 90_000 }]))).toEqual([]);
  });

  it('puts a silence in which nobody could append down to the log, and tells it when it goes on', () => {
    const play = createPlay();
    play.batch([heartbeat(1, 1_000)]);
    // The brokers were away until 100,000, and the host has not reached them again yet.
    expect(told(play.batch([{ tick: 100_000 }]))).toEqual([]);
    expect(play.commits.at(-1)?.nextWake).toBe(115_000);
    // A clock behind the log's: again late ticks, and no excuse any more.
    expect(findings(play.batch([{ tick: 125_000 }, { tick: 140_000 }]))).toMatchObject([
      { at: 130_000, observation: { 'gap.reason': 'heartbeat-silent' } },
    ]);
  });

  it('says nothing of a host that was kept from the log as well, and speaks again', () => {
    const play = createPlay();
    play.batch([heartbeat(1, 1_000)]);
    expect(told(play.batch([{ tick: 100_000 }, heartbeat(2, 101_000), { tick: 130_500 }]))).toEqual([]);
  });

  it('says nothing of an outage that ends just when silence is due', () => {
    const play = createPlay();
    play.batch([heartbeat(1, 1_000)]);
    expect(told(play.batch([{ tick: 33_000 }, heartbeat(2, 34_000)]))).toEqual([]);
    expect(told(play.batch([{ tick: 49_000 }, { tick: 64_000 }]))).toEqual(['MON-01']);
  });

  it('says nothing of a host that said it stops', () => {
    const play = createPlay();
    play.batch([heartbeat(1, 1_000, true)]);
    expect(told(play.batch([{ tick: 90_000 }]))).toEqual([]);
  });

  it('tells every host of the partition when retention overran the position', () => {
    const play = createPlay();
    play.batch([heartbeat(1, 1_000)]);
    const gap = { topic: 'observations', partition: 0, from: 1, to: 41 };
    const records = play.batch([{ text: JSON.stringify(gap), at: 2_000, headers: { [busGapHeader]: '1' } }]);
    expect(findings(records)).toMatchObject([{ observation: { 'gap.reason': 'log-retention' } }]);
  });
});

describe('what is seen again', () => {
  it('drops an observation that was analyzed before, also after a restart', () => {
    const play = createPlay();
    const observation = exec('c1', 1, ['sh'], { privileged: true });
    expect(told(play.batch([observation, observation]))).toEqual(['EXE-01']);
    play.restart();
    expect(told(play.batch([observation]))).toEqual([]);
    expect(play.happenings.filter(({ name }) => name === 'duplicatesDropped')).toHaveLength(2);
  });

  it('writes little for it', () => {
    const play = createPlay();
    for (let at = 1; at <= 300; at += 1) play.batch(snapshot(`c${at}`, at));
    const written = play.commits.map(({ state }) => state.reduce((sum, { value }) => sum + (value?.length ?? 0), 0));
    // What is known of the container's workload, and of its host.
    expect(Math.max(...written)).toBeLessThan(9_216);
  });
});

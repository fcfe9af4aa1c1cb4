import { describe, expect, it, test } from 'vitest';
import { type Outline, outlineOf, partsOf, rulesChange, wholeOf } from '../../../analyzer/rule-set-outline.ts';
import { heartbeat } from '../../support/analyzer/observations.ts';
import { createPlay, findings, told } from '../../support/analyzer/play.ts';
import { privilegedExec, rule, ruleSet } from '../../support/analyzer/rules.ts';

const sensorStopped = rule('MON-03', ({ monitor }) => monitor?.sensor !== undefined, {
  fields: ['monitor.sensor.name', 'monitor.sensor.state'],
});
const rulesChanged = rule('MON-04', ({ monitor }) => monitor?.rules !== undefined, {
  fields: ['monitor.rules.weaker', 'monitor.rules.removed', 'monitor.rules.upgraded'],
});

describe('a sensor', () => {
  const beat = (sequence: number, sensors: Readonly<Record<string, string>>) => {
    const one = heartbeat(sequence, sequence * 1_000);
    return { ...one, heartbeat: { sequence, sensors } };
  };
  const rules = ruleSet([sensorStopped]);

  it('that ran and stopped is told once, and again when it ran in between', () => {
    const play = createPlay({ rules });
    expect(told(play.batch([beat(1, { exec: 'running', connections: 'running' })]))).toEqual([]);
    const [finding] = findings(play.batch([beat(2, { exec: 'running', connections: 'unavailable' })]));
    expect(finding).toMatchObject({
      at: 2_000,
      rule: { id: 'MON-03' },
      observation: { 'monitor.sensor.name': 'connections', 'monitor.sensor.state': 'unavailable' },
    });
    expect(told(play.batch([beat(3, { connections: 'failed' })]))).toEqual([]);
    expect(told(play.batch([beat(4, { connections: 'running' }), beat(5, { connections: 'failed' })]))).toEqual([
      'MON-03',
    ]);
  });

  it('is remembered over a restart of the analyzer', () => {
    const play = createPlay({ rules });
    play.batch([beat(1, { exec: 'running' })]);
    play.restart();
    expect(told(play.batch([beat(2, { exec: 'failed' })]))).toEqual(['MON-03']);
  });

  test.each([
    ['that never ran', { exec: 'unavailable' }, { exec: 'failed' }],
    ['that is not named any more', { exec: 'running' }, {}],
    ['that goes on', { exec: 'running' }, { exec: 'running' }],
  ])('%s says nothing', (_what, before, now) => {
    const play = createPlay({ rules });
    expect(told(play.batch([beat(1, before), beat(2, now)]))).toEqual([]);
  });
});

describe('other rules', () => {
  const first = ruleSet([rulesChanged, privilegedExec], 'rules-1');
  const second = ruleSet([rulesChanged], 'rules-2');

  it('judge first that they are others, and once', () => {
    const play = createPlay({ rules: first });
    expect(told(play.batch([heartbeat(1, 1_000)]))).toEqual([]);
    play.reload(second);
    const [finding] = findings(play.batch([heartbeat(2, 2_000)]));
    expect(finding).toMatchObject({
      at: 2_000,
      ruleSet: 'rules-2',
      host: { id: heartbeat(1, 1).host.id },
      observation: { 'monitor.rules.weaker': true, 'monitor.rules.removed': 1, 'monitor.rules.upgraded': false },
    });
    expect(told(play.batch([heartbeat(3, 3_000)]))).toEqual([]);
  });

  it('are noticed over a restart, too', () => {
    const play = createPlay({ rules: first });
    play.batch([heartbeat(1, 1_000)]);
    play.reload(second);
    play.restart();
    expect(told(play.batch([heartbeat(2, 2_000)]))).toEqual(['MON-04']);
  });

  it('say nothing where no host is judged', () => {
    const play = createPlay({ rules: first });
    play.batch([{ tick: 1_000 }]);
    play.reload(second);
    expect(told(play.batch([{ tick: 2_000 }]))).toEqual([]);
  });
});

describe('what other rules have less', () => {
  const outline = (rules: Outline['rules'], filters: Outline['filters'] = {}): Outline => ({ rules, filters });
  const a = { a: ['h1', 'A'] } satisfies Outline['rules'];
  const b = { b: ['h2', 'B'] } satisfies Outline['rules'];
  type Filter = Outline['filters'][string];
  const filter = (hash: string, condition: string, about?: string[]): Outline['filters'] => ({
    f: [hash, 'F', condition, ...(about === undefined ? [] : [about])] as Filter,
  });

  test.each([
    ['a rule more', outline(a), outline({ ...a, ...b }), { added: 1, removed: 0, changed: 0, weaker: false }],
    ['a rule less', outline({ ...a, ...b }), outline(a), { removed: 1, weaker: true, removed_titles: ['B'] }],
    [
      'a rule that is another',
      outline(a),
      outline({ a: ['h9', 'A'] }),
      { changed: 1, weaker: true, changed_titles: ['A'] },
    ],
    ['an exception more', outline(a), outline(a, filter('h', 'c', ['a'])), { weaker: true, exceptions: ['F'] }],
    ['an exception less', outline(a, filter('h', 'c', ['a'])), outline(a), { weaker: false }],
    [
      'one about more rules',
      outline(a, filter('h', 'c', ['a'])),
      outline(a, filter('i', 'c', ['a', 'b'])),
      { exceptions: ['F'] },
    ],
    ['one about every rule', outline(a, filter('h', 'c', ['a'])), outline(a, filter('i', 'c')), { exceptions: ['F'] }],
    [
      'one about fewer rules',
      outline(a, filter('h', 'c', ['a', 'b'])),
      outline(a, filter('i', 'c', ['a'])),
      { weaker: false },
    ],
    [
      'one with another condition',
      outline(a, filter('h', 'c', ['a'])),
      outline(a, filter('i', 'd', ['a'])),
      { exceptions: ['F'] },
    ],
  ])('%s', (_what, before, now, change) => expect(rulesChange(before, now)).toMatchObject(change));

  it('names few of many', () => {
    const many = ruleSet(Array.from({ length: 50 }, (_, n) => rule(`R-${n}`, () => false, { title: 't'.repeat(200) })));
    const change = rulesChange(outlineOf(many), outlineOf(ruleSet([])));
    expect(change).toMatchObject({ removed: 50 });
    expect(change.removed_titles).toHaveLength(20);
    expect(change.removed_titles?.[0]).toHaveLength(80);
  });
});

test('of many rules the outline is kept in parts that a state value has room for, and they are the whole again', () => {
  const filter: Outline['filters'][string] = ['0123456789ab', 'f'.repeat(80), '0123456789ab', ['r'.repeat(36)]];
  const many: Outline = {
    rules: Object.fromEntries(Array.from({ length: 4_000 }, (_, n) => [`rule-${n}`, ['0123456789ab', 't'.repeat(80)]])),
    filters: Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`filter-${n}`, filter])),
  };
  const parts = partsOf(many);
  expect(Math.max(...parts.map((part) => JSON.stringify(part).length))).toBeLessThan(65_536);
  expect(wholeOf(parts)).toEqual(many);
});

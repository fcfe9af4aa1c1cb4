import { describe, expect, it } from 'vitest';
import { itemSchema } from '../../../../shared/baseline-state.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { egress, exec, snapshot } from '../../../support/analyzer/observations.ts';
import { createPlay, type Play, quickBaselines, told } from '../../../support/analyzer/play.ts';
import { privilegedExec, rule, ruleSet } from '../../../support/analyzer/rules.ts';

const minute = 60_000;
const evil = { ip: '203.0.113.9', port: 4444 };
const known = { ip: '192.0.2.1', port: 443 };
const attack = (at: number, container = 'c1') => exec(container, at, ['sh'], { privileged: true, age: 100 });

function stateOf(play: Play, text: string): string | undefined {
  const value = [...play.state].find(([key, stored]) => key.includes('/item/') && stored.includes(text))?.[1];
  return value === undefined ? undefined : itemSchema.parse(JSON.parse(value)).steady?.as;
}

describe('what shares lineage with a finding of medium or above', () => {
  it('is not learned after it', () => {
    const play = createPlay();
    play.batch([attack(1_000), egress('c1', 2_000, evil, { age: 100 })]);
    expect(stateOf(play, evil.ip)).toBe('held');
  });

  it('asks for no wake-up once baselines are switched off', () => {
    const play = createPlay();
    play.batch([attack(1_000), egress('c1', 2_000, evil, { age: 100 })]);
    expect(play.commits.at(-1)?.nextWake).toBe(601_000);
    const off = createPlay({ baselines: { ...quickBaselines, enabled: false }, state: play.state });
    off.batch([{ tick: 20 * minute }]);
    expect(off.commits.at(-1)?.nextWake).toBeUndefined();
  });

  it('is not learned when it came shortly before', () => {
    const play = createPlay();
    play.batch([egress('c1', 1_000, evil, { age: 100 })]);
    expect(stateOf(play, evil.ip)).toBe('learned');
    play.batch([attack(2_000)]);
    expect(stateOf(play, evil.ip)).toBe('held');
  });

  it('is still trusted when it is older than the window, or another container does it too', () => {
    const play = createPlay();
    play.batch([egress('c1', 1_000, known, { age: 100 })]);
    play.batch([egress('c1', 11 * minute, evil, { age: 100 }), egress('c2', 11 * minute + 1, evil, { age: 100 })]);
    play.batch([attack(11 * minute + 2)]);
    expect(stateOf(play, known.ip)).toBe('learned');
    expect(stateOf(play, evil.ip)).toBe('learned');
  });

  it('is learned when ten minutes passed without another such finding', () => {
    const play = createPlay();
    play.batch([attack(1_000), egress('c1', 2_000, evil, { age: 100 })]);
    play.batch([{ tick: 1_000 + 10 * minute }]);
    expect(stateOf(play, evil.ip)).toBe('learned');
  });

  it('is held on when there was another', () => {
    const play = createPlay();
    play.batch([attack(1_000), egress('c1', 2_000, evil, { age: 100 }), attack(9 * minute)]);
    play.restart();
    play.batch([{ tick: 1_000 + 10 * minute }]);
    expect(stateOf(play, evil.ip)).toBe('held');
    play.batch([{ tick: 19 * minute }]);
    expect(stateOf(play, evil.ip)).toBe('learned');
  });

  it('is told when learning has ended while it was held', () => {
    const play = createPlay();
    play.batch([attack(1_000), egress('c1', 2_000, evil, { age: 100 })]);
    for (let at = 3_000; at < 3_008; at += 1) play.batch([egress('c2', at, known, { age: 100 })]);
    expect(told(play.batch([egress('c1', 4_000, evil, { age: 100 })]))).toEqual(['NET-14']);
    play.batch([{ tick: 30 * minute }]);
    expect(stateOf(play, evil.ip)).toBe('novel');
  });

  it('keeps learning from ending by quiet until it is decided, and counts only once it is', () => {
    const play = createPlay({ baselines: { ...quickBaselines, minimumObservations: 8, minimumHours: 0.01 } });
    const ports = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const settings = (at: number) => ports.map((port) => egress('c1', at, { ...known, port }, { age: 100 }));
    play.batch(settings(1));
    play.batch([attack(40_000)]);
    expect(told(play.batch(settings(80_000)))).toEqual([]);
    const progress = () =>
      describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations')?.phases.steady;
    expect(progress()).toMatchObject({ state: 'learning', sightings: 0 });
    play.batch([{ tick: 30 * minute }]);
    expect(progress()).toMatchObject({ state: 'steady', sightings: 24 });
    expect(told(play.batch(settings(31 * minute)))).toEqual([]);
  });

  it('is learned late without undoing that learning has ended', () => {
    const play = createPlay();
    play.batch([attack(1_000), egress('c1', 2_000, evil, { age: 100 })]);
    for (let at = 3_000; at < 3_008; at += 1) play.batch([egress('c2', at, known, { age: 100 })]);
    const progress = () =>
      describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations')?.phases.steady;
    const before = progress();
    expect(before?.state).toBe('steady');
    play.batch([{ tick: 30 * minute }]);
    expect(stateOf(play, evil.ip)).toBe('learned');
    expect(progress()).toMatchObject({
      state: 'steady',
      since: before?.since,
      sightings: (before?.sightings ?? 0) + 1,
    });
  });

  it('does not hold what another lineage of the workload does', () => {
    const play = createPlay();
    play.batch([attack(1_000), egress('c2', 2_000, known, { age: 100 })]);
    expect(stateOf(play, known.ip)).toBe('learned');
  });
});

describe('a condition', () => {
  it('never keeps a workload from learning', () => {
    const play = createPlay();
    play.batch([...snapshot('c1', 1_000, { privileged: true }), egress('c1', 2_000, known, { age: 100 })]);
    expect(stateOf(play, known.ip)).toBe('learned');
  });
});

const rootsExec = rule('EXE-02', ({ exec: one }) => one?.user === 'root', { nature: 'event', level: 'high' });

describe('trouble that goes on', () => {
  const hours = 4;
  const every = 9;
  /** Every nine minutes the same finding, and between them the same destination. */
  const days = function* (from: number) {
    for (let n = 0; n * every < hours * 60; n += 1) {
      const at = from + n * every * minute;
      yield [attack(at), egress('c1', at + minute, known, { age: 100 })];
    }
  };

  it('by one rule holds nothing back after an hour: it is what the container does', () => {
    const play = createPlay();
    for (const batch of days(1_000)) play.batch(batch);
    expect(stateOf(play, known.ip)).toBe('learned');
    const views = describeBaselines(play.state);
    expect(views.find(({ feature }) => feature === 'egress-destinations')?.phases.steady.sightings).toBeGreaterThan(3);
  });

  it('is trouble again by another rule, or once it was silent for a week', () => {
    const play = createPlay({
      rules: ruleSet([privilegedExec, rootsExec]),
      baselines: { ...quickBaselines, minimumObservations: 1_000 },
    });
    for (const batch of days(1_000)) play.batch(batch);
    const later = 1_000 + hours * 60 * minute;
    play.restart();
    const shown = (at: number, ip: string) => egress('c1', at, { ip, port: 1 }, { age: 100 });
    play.batch([attack(later), shown(later + 1, '203.0.113.1')]);
    expect(stateOf(play, '203.0.113.1')).toBe('learned');
    play.batch([exec('c1', later + 2, ['sh'], { user: 'root', age: 100 }), shown(later + 3, '203.0.113.2')]);
    expect(stateOf(play, '203.0.113.2')).toBe('held');
    const next = later + 8 * 24 * 60 * minute;
    play.batch([attack(next), shown(next + 1, '203.0.113.3')]);
    expect(stateOf(play, '203.0.113.3')).toBe('held');
  });

  it('says that items are held, not that nothing was seen', () => {
    const play = createPlay();
    play.batch([attack(1_000), egress('c1', 2_000, evil, { age: 100 })]);
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations');
    expect(view?.phases.steady.missing).toEqual([expect.stringMatching(/^1 item is held/)]);
  });
});

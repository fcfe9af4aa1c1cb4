import { describe, expect, it } from 'vitest';
import { decideQuantity } from '../../../../../analyzer/baselines/quantities/decide.ts';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { exec, host, lifecycle } from '../../../../support/analyzer/observations.ts';
import { findings } from '../../../../support/analyzer/play.ts';
import { createQuantityPlay, type QuantityPlay } from '../../../../support/analyzer/quantities.ts';
import { createContainer } from '../../../../support/analyzer/readings.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const monday = Date.UTC(2026, 5, 1);
const workload = 'workload of docker.io/library/nginx';

function tell(play: QuantityPlay, observations: readonly Observation[]) {
  const told = [];
  for (let from = 0; from < observations.length; from += 60)
    told.push(...findings(play.batch(observations.slice(from, from + 60))));
  return told;
}

function setMode(play: QuantityPlay, feature: string, mode: 'enforce' | 'learn', now: number): string {
  const answer = decideQuantity(play.store(), { host: host.id, now }, { type: 'mode', workload, feature, mode });
  expect(answer.result).toBe('applied');
  return answer.text;
}

const memoryOf = (play: QuantityPlay, quantity: string) => play.store().memory({ host: host.id, workload, quantity });
const viewOf = (play: QuantityPlay, quantity: string) =>
  describeBaselines(play.state).find(({ feature }) => feature === quantity);

/** Eight days at some 4 %, and enforced then. */
function enforced() {
  const play = createQuantityPlay();
  const web = createContainer('c1', { from: monday });
  const at = (cpu: number, minutes: number, every = 1) =>
    tell(
      play,
      web.run(minutes, () => ({ cpu: cpu * web.noise(0.05) }), every),
    );
  at(4, 8 * 24 * 60, 5);
  expect(setMode(play, 'cpu', 'enforce', web.now())).toContain(
    'cpu: enforced: nothing is learned, what exceeds what was learned is high',
  );
  return { play, at, now: web.now };
}

describe('a level that is enforced', () => {
  it('learns nothing and does not fade, and tells as high what exceeds it', () => {
    const { play, at } = enforced();
    const before: object = memoryOf(play, 'cpu') ?? {};
    expect(at(4, 30 * 24 * 60, 10)).toEqual([]);
    const after = memoryOf(play, 'cpu');
    for (const part of ['total', 'hours', 'means', 'weekdays', 'days', 'spread', 'progress', 'learned'])
      expect(after, part).toHaveProperty(part, Object.getOwnPropertyDescriptor(before, part)?.value);
    const [finding, ...more] = at(60, 30);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'high', observation: { 'deviation.feature': 'cpu' } });
    expect(finding?.summary).toMatch(/ used \d+ % of its CPU .*\(its baseline is enforced\)$/);
    expect(viewOf(play, 'cpu')).toMatchObject({ mode: 'enforce' });
  });

  it('tells every rise, however often it rises as far; one that learns tells the first few', () => {
    const rises = (play: ReturnType<typeof enforced>) =>
      Array.from({ length: 8 }, () => {
        play.at(4, 2 * 24 * 60 - 10, 5);
        return play.at(60, 10).length;
      });
    expect(rises(enforced())).toEqual(Array(8).fill(1));
    const learning = enforced();
    setMode(learning.play, 'cpu', 'learn', learning.now());
    expect(rises(learning)).toEqual([1, 1, 1, 1, 1, 0, 0, 0]);
  });

  it('does not follow a slow rise: it is told when it leaves what was learned, where one that learns has followed', () => {
    const creep = (play: ReturnType<typeof enforced>) => {
      let from = -1;
      for (let days = 0; days < 40; days += 1)
        if (play.at(4 * 1.04 ** days, 24 * 60, 10).some(({ severity }) => severity === 'high') && from < 0) from = days;
      return from;
    };
    const when = creep(enforced());
    expect(when).toBeGreaterThan(5);
    expect(when).toBeLessThan(30);
    const learning = enforced();
    setMode(learning.play, 'cpu', 'learn', learning.now());
    expect(creep(learning)).toBe(-1);
  });

  it('has what somebody approves for usual at those hours from then on, and is still enforced after a restart', () => {
    const { play, at, now } = enforced();
    expect(at(20, 60)).toHaveLength(1);
    at(4, 5 * 60);
    const order = { type: 'approve', workload, feature: 'cpu', key: 'level' } as const;
    expect(decideQuantity(play.store(), { host: host.id, now: now() }, order).result).toBe('applied');
    play.batch([]);
    play.restart();
    at(4, 18 * 60);
    expect(at(20, 60)).toEqual([]);
    at(4, 5 * 60);
    expect(at(20, 60)).toMatchObject([{ severity: 'high' }]);
  });

  it('learns again from where it was when somebody says so', () => {
    const { play, at, now } = enforced();
    at(4, 60 * 24 * 60, 30);
    const before = memoryOf(play, 'cpu')?.learned;
    expect(setMode(play, 'cpu', 'learn', now())).toContain('cpu: learns by itself again');
    at(4, 24 * 60, 5);
    const after = memoryOf(play, 'cpu');
    expect(after?.learned?.p50).toBeCloseTo(before?.p50 ?? 0, 0);
    expect(after?.progress.steady?.last).toBeGreaterThan(now() - hour);
    expect(viewOf(play, 'cpu')?.mode).toBe('learn');
    expect(setMode(play, 'cpu', 'learn', now())).toContain('learned by itself already');
  });

  it('that has not learned goes on learning, and is enforced once it has', () => {
    const play = createQuantityPlay();
    const web = createContainer('c1', { from: monday });
    const at = (cpu: number, minutes: number) =>
      tell(
        play,
        web.run(minutes, () => ({ cpu: cpu * web.noise(0.05) })),
      );
    at(4, 60);
    expect(setMode(play, 'cpu', 'enforce', web.now())).toContain('no range to enforce yet: it goes on learning');
    expect(at(60, 30)).toEqual([]);
    at(4, 30 * 60);
    const learned = memoryOf(play, 'cpu')?.learned;
    at(4, 10 * 60);
    expect(memoryOf(play, 'cpu')?.learned).toEqual(learned);
    expect(at(200, 30)).toMatchObject([{ severity: 'high' }]);
  });
});

describe('a rate that is enforced', () => {
  const hours = (play: QuantityPlay, from: number, count: number, each: number) =>
    Array.from({ length: count }, (_, nth) =>
      findings(
        play.batch(Array.from({ length: each }, (_, at) => exec('c1', from + nth * hour + at * 1_000, ['job']))),
      ),
    ).flat();
  it('learns no hour, and tells as high each that has too many', () => {
    const play = createQuantityPlay();
    hours(play, monday, 8 * 24, 4);
    const from = monday + 8 * day;
    setMode(play, 'execs', 'enforce', from);
    hours(play, from, 1, 4);
    const before = memoryOf(play, 'execs')?.learned;
    for (let days = 0; days < 3; days += 1) {
      const noon = from + (20 * days + 1) * day + 12 * hour;
      const about = ({ observation }: { observation: Record<string, unknown> }) =>
        observation['deviation.feature'] === 'execs';
      expect(hours(play, noon, 1, 60).filter(about)).toMatchObject([{ severity: 'high' }]);
      hours(play, noon + hour, 3, 4);
    }
    expect(memoryOf(play, 'execs')?.learned).toEqual(before);
  });
});

describe('a pattern that is enforced', () => {
  const die = (at: number, exitCode: string): Observation => ({
    ...lifecycle('c1', at, 'die'),
    docker: { type: 'container', id: 'c1', attributes: { exitCode } },
  });
  const about = (play: QuantityPlay, feature: string, observation: Observation) =>
    findings(play.batch([observation])).filter(({ observation: of }) => of['deviation.feature'] === feature);

  it('learns no value, not even one that waited, and tells as high what is not known, once', () => {
    const play = createQuantityPlay();
    for (let nth = 0; nth < 90; nth += 1) play.batch([die(monday + nth * hour, nth % 9 === 0 ? '143' : '0')]);
    const from = monday + 100 * hour;
    setMode(play, 'exit-codes', 'enforce', from);
    expect(about(play, 'exit-codes', die(from + hour, '143'))).toEqual([]);
    expect(about(play, 'exit-codes', die(from + 2 * hour, '139'))).toMatchObject([{ severity: 'high' }]);
    play.batch([]);
    play.restart();
    expect(about(play, 'exit-codes', die(from + 3 * hour, '139'))).toEqual([]);
    expect(viewOf(play, 'exit-codes')?.items.map(({ text, as, count }) => `${text} ${as} ${count}`)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^exit code 143 learned/), 'exit code 139 novel 2']),
    );
    const order = { type: 'approve', workload, feature: 'exit-codes', key: 'exit code 139' } as const;
    expect(decideQuantity(play.store(), { host: host.id, now: from }, order).result).toBe('applied');
    expect(about(play, 'exit-codes', die(from + 4 * hour, '139'))).toEqual([]);
  });

  it('of hours tells as high an exec at an hour that never had one, and learns no other', () => {
    const play = createQuantityPlay();
    for (let at = monday; at < monday + 21 * day; at += day)
      for (const clock of [10, 15]) play.batch([exec('c1', at + clock * hour, ['sh'])]);
    const from = monday + 22 * day;
    setMode(play, 'exec-hours', 'enforce', from);
    const before = viewOf(play, 'exec-hours')?.items.length;
    expect(about(play, 'exec-hours', exec('c1', from + 11 * hour, ['sh']))).toEqual([]);
    expect(about(play, 'exec-hours', exec('c1', from + 27 * hour, ['sh']))).toMatchObject([{ severity: 'high' }]);
    expect(about(play, 'exec-hours', exec('c1', from + 35 * hour, ['sh']))).toEqual([]);
    expect(viewOf(play, 'exec-hours')?.items).toHaveLength((before ?? 0) + 1);
  });
});

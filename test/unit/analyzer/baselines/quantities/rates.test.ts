import { describe, expect, it } from 'vitest';
import { decideQuantity } from '../../../../../analyzer/baselines/quantities/decide.ts';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import type { RateMemory } from '../../../../../shared/quantity-state.ts';
import { egress, exec, heard, host, lifecycle } from '../../../../support/analyzer/observations.ts';
import { findings } from '../../../../support/analyzer/play.ts';
import { createQuantityPlay, type QuantityPlay } from '../../../../support/analyzer/quantities.ts';
import { reading } from '../../../../support/analyzer/readings.ts';
import { ended } from '../../../../support/analyzer/stories.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const monday = Date.UTC(2026, 5, 1);
const name = 'docker.io/library/nginx';
const workload = `workload of ${name}`;

/** So many of one thing, in the hour that begins then. */
const many = (at: number, count: number, make: (at: number) => Observation): readonly Observation[] =>
  Array.from({ length: count }, (_, index) => make(at + 1_000 * index));
const run = (at: number) => exec('c1', at, ['job']);
const connect = (at: number) => egress('c1', at, { ip: '192.0.2.1', port: 443 });
const rate = (play: QuantityPlay, quantity: string): RateMemory | undefined => {
  const memory = play.store().memory({ host: host.id, workload, quantity });
  return memory?.kind === 'rate' ? memory : undefined;
};

/** Days with so many execs in each hour; 300 more in the hour after three. */
function days(play: QuantityPlay, from: number, count: number, anHour = 4) {
  const told = [];
  for (let at = from; at < from + count * day; at += hour) {
    const isNight = (at % day) / hour === 3;
    told.push(...findings(play.batch(many(at, isNight ? 300 : anHour, run))));
  }
  return told;
}

describe('how many an hour', () => {
  it('is learned by the hour: a nightly job is never told, the same at noon is, once, in words that explain themselves', () => {
    const play = createQuantityPlay();
    expect(days(play, monday, 10)).toEqual([]);
    const noon = monday + 10 * day + 12 * hour;
    const [finding, ...more] = findings(play.batch(many(noon, 300, run)));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      severity: 'low',
      rule: { title: 'More commands run by exec than in any hour before' },
      observation: { 'deviation.feature': 'execs', 'deviation.key': 'level', 'deviation.usual': 4 },
    });
    expect(finding?.summary).toBe(
      `${name} had 20 commands run in it by exec in 1 min; the most at this time of day of 10 days was 4`,
    );
    // The hour is not learned, the next one like it is the same, and after a quiet one it is told anew.
    expect(findings(play.batch(many(noon + hour, 300, run)))).toEqual([]);
    expect(findings(play.batch(many(noon + 2 * hour, 4, run)))).toEqual([]);
    expect(findings(play.batch(many(noon + 4 * hour, 300, run)))).toHaveLength(1);
  });

  it('is told of what never happened in weeks in which the workload was watched: a service that ends again and again', () => {
    const play = createQuantityPlay();
    const loop = (at: number) =>
      findings(
        play.batch(
          many(at, 60, (when) => ended('c1', when, '1')).flatMap((end) => [
            end,
            lifecycle('c1', end.at + 500, 'start'),
          ]),
        ),
      ).map(({ summary }) => summary);
    const readings = (from: number, to: number) => {
      for (let at = from; at < to; at += hour) play.batch([reading('c1', at, {})]);
    };
    expect(loop(monday)).toEqual([]);
    readings(monday + hour, monday + 6 * day);
    expect(loop(monday + 6 * day)).toEqual([]);
    const later = createQuantityPlay();
    for (let at = monday; at < monday + 20 * day; at += hour) later.batch([reading('c1', at, {})]);
    const told = findings(later.batch(many(monday + 20 * day, 60, (at) => ended('c1', at, '1'))));
    expect(told.map(({ summary }) => summary)).toEqual([
      expect.stringMatching(/had 9 containers end in 1 min; the most in any hour of 20 days was none$/),
      expect.stringContaining('the most in any hour of 20 days was none'),
    ]);
    // Told once, it is not learned, however long it lasts.
    const on = Array.from({ length: 48 }, (_, nth) => monday + 20 * day + (nth + 1) * hour);
    expect(on.flatMap((from) => findings(later.batch(many(from, 60, (at) => ended('c1', at, '1')))))).toEqual([]);
    expect(rate(later, 'failures')?.learned).toBeUndefined();
  });

  it('learns by quiet where the collector was heard, and by the hour once it happens often', () => {
    const play = createQuantityPlay();
    const restart = (at: number) => [lifecycle('c1', at, 'start')];
    play.batch(restart(monday));
    play.batch(heard(monday, monday + 7 * day));
    expect(rate(play, 'starts')?.progress.steady?.state).toBe('learning');
    play.batch(heard(monday + 7 * day, monday + 8 * day));
    expect(rate(play, 'starts')).toMatchObject({ quiet: 168, progress: { steady: { state: 'steady' } } });
    const noon = monday + 8 * day + 12 * hour;
    expect(findings(play.batch(many(noon, 20, (at) => lifecycle('c1', at, 'start'))))).toHaveLength(1);
    for (let at = noon + day; at < noon + 40 * day; at += day)
      play.batch(many(at, 3, (when) => lifecycle('c1', when, 'start')));
    expect(rate(play, 'starts')?.quiet).toBeUndefined();
    expect(rate(play, 'starts')?.progress.steady?.state).toBe('steady');
  });

  it('learns by quiet all the same when it was read again from the state every hour', () => {
    const [whole, cut] = [createQuantityPlay(), createQuantityPlay()];
    for (const play of [whole, cut])
      for (let at = monday; at < monday + 9 * day; at += hour) {
        const isVisited = (at - monday) % (2 * day) === 0;
        play.batch([...(isVisited ? [lifecycle('c1', at, 'start')] : []), ...heard(at, at + hour)]);
        if (play === cut) play.restart();
      }
    expect(rate(whole, 'starts')).toMatchObject({ quiet: 168 });
    expect(rate(cut, 'starts')).toEqual(rate(whole, 'starts'));
    expect(cut.store().heard(host.id)).toEqual(whole.store().heard(host.id));
  });

  it('of connections does not learn by quiet: that a sweep finds none does not say that there was none', () => {
    const play = createQuantityPlay();
    play.batch([connect(monday), ...heard(monday, monday + 15 * day)]);
    expect(rate(play, 'connections')?.progress.steady?.state).not.toBe('steady');
  });

  it('is judged by the most of all hours in the first week, when the time of day says little', () => {
    const play = createQuantityPlay();
    days(play, monday, 3);
    const noon = monday + 3 * day + 12 * hour;
    expect(findings(play.batch(many(noon, 300, run)))).toEqual([]);
    const [finding] = findings(play.batch(many(noon + hour, 900, run)));
    expect(finding?.summary).toMatch(/; the most in any hour of 3 days was (29|30)\d$/);
  });

  it('is not told while learning goes on', () => {
    const play = createQuantityPlay();
    expect(findings(play.batch([...many(monday, 5, run), ...many(monday + hour, 2_000, run)]))).toEqual([]);
    expect(rate(play, 'execs')?.progress.steady?.state).toBe('learning');
  });

  it('is never told below what is worth it', () => {
    const play = createQuantityPlay({ observations: 5, hours: 24, newProbability: 0.05 });
    for (let at = monday; at < monday + 8 * day; at += hour) play.batch([run(at)]);
    expect(findings(play.batch(many(monday + 8 * day, 9, run)))).toEqual([]);
  });

  it('is not learned from what is in trouble, nor of the hours that are not over for ten minutes', () => {
    const play = createQuantityPlay();
    play.batch(many(monday, 3, run));
    play.batch(many(monday + hour, 500, run));
    play.trouble(run(monday + hour));
    play.batch(many(monday + 2 * hour, 500, run), { isHeld: true });
    play.batch(many(monday + 3 * hour, 3, run));
    play.batch(many(monday + 5 * hour, 3, run));
    expect(rate(play, 'execs')?.learned?.max).toBeLessThan(4);
  });

  it('of another quantity of the same observations is its own', () => {
    const play = createQuantityPlay();
    play.batch([
      ...many(monday, 3, connect),
      { ...connect(monday + 5_000), network: { direction: 'egress', first_time: true } },
    ]);
    expect(rate(play, 'connections')?.open?.count).toBe(4);
    expect(rate(play, 'new-destinations')?.open?.count).toBe(1);
    expect(rate(play, 'execs')).toBeUndefined();
  });

  it('of starts, ends and errors is counted apart', () => {
    const play = createQuantityPlay();
    const die = (at: number, exitCode: string): Observation => ({
      ...lifecycle('c1', at, 'die'),
      docker: { type: 'container', id: 'c1', attributes: { exitCode } },
    });
    play.batch([lifecycle('c1', monday, 'start'), die(monday + 1, '0'), die(monday + 2, '137')]);
    expect(['starts', 'exits', 'failures'].map((name) => rate(play, name)?.open?.count)).toEqual([1, 2, 1]);
  });

  it('leaves out health checks, and what comes in', () => {
    const play = createQuantityPlay();
    const incoming: Observation = { ...connect(monday), network: { direction: 'ingress', transport: 'tcp' } };
    play.batch([exec('c1', monday, ['curl'], { healthcheck: true }), incoming]);
    expect(play.state.size).toBe(0);
  });

  it('that was told is normal once somebody approves it', () => {
    const play = createQuantityPlay();
    days(play, monday, 10);
    const noon = monday + 10 * day + 12 * hour;
    play.batch(many(noon, 300, run));
    play.batch(many(noon + hour, 4, run));
    const order = { type: 'approve', workload, feature: 'execs', key: 'level' } as const;
    expect(decideQuantity(play.store(), { host: host.id, now: 0 }, order).result).toBe('applied');
    expect(decideQuantity(play.store(), { host: host.id, now: 0 }, order).result).toBe('refused');
    expect(findings(play.batch(many(noon + day, 300, run)))).toEqual([]);
  });

  it('is the same when it was read again from the state', () => {
    const whole = createQuantityPlay();
    const cut = createQuantityPlay();
    for (let at = monday; at < monday + 9 * day; at += 5 * hour) {
      whole.batch(many(at, 7, run));
      for (const one of many(at, 7, run)) {
        cut.batch([one]);
        cut.restart();
      }
    }
    const parsed = ({ state }: QuantityPlay) =>
      new Map([...state].map(([key, value]) => [key, JSON.parse(value) as unknown]));
    expect(parsed(cut)).toEqual(parsed(whole));
  });

  it('is shown with what it is at most', () => {
    const play = createQuantityPlay();
    days(play, monday, 2);
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'execs');
    expect(view).toMatchObject({ state: 'steady', quantity: { kind: 'rate', unit: 'per hour' } });
    expect(view?.quantity?.text).toMatch(
      /^half at most 4 per hour, 99 % at most \d+ per hour, never above (29|30)\d per hour$/,
    );
  });
});

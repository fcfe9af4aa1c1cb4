import { describe, expect, it } from 'vitest';
import { decideQuantity } from '../../../../../analyzer/baselines/quantities/decide.ts';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { exec, host, lifecycle } from '../../../../support/analyzer/observations.ts';
import { findings } from '../../../../support/analyzer/play.ts';
import { createQuantityPlay, type QuantityPlay } from '../../../../support/analyzer/quantities.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const monday = Date.UTC(2026, 5, 1);
const name = 'docker.io/library/nginx';
const workload = `workload of ${name}`;

const run = (at: number, tty = false): Observation => {
  const { exec: facts, ...rest } = exec('c1', at, ['sh']);
  return { ...rest, ...(facts && { exec: { ...facts, tty } }) };
};
const die = (at: number, exitCode: string): Observation => ({
  ...lifecycle('c1', at, 'die'),
  docker: { type: 'container', id: 'c1', attributes: { exitCode } },
});
const of = (records: ReturnType<QuantityPlay['batch']>, feature: string) =>
  findings(records).filter(({ observation }) => observation['deviation.feature'] === feature);

/** Three weeks of execs at ten and at fifteen o'clock on working days. */
function office(play: QuantityPlay, { days = 21, tty = false } = {}) {
  const told = [];
  for (let at = monday; at < monday + days * day; at += day) {
    if ((((at - monday) / day) | 0) % 7 > 4) continue;
    for (const clock of [10, 15])
      for (let nth = 0; nth < 3; nth += 1) told.push(...play.batch([run(at + clock * hour + nth * 15 * minute, tty)]));
  }
  return told;
}
const night = monday + 22 * day + 3 * hour;

describe('an exec', () => {
  it('at an hour that never had one is told once, after a week of learning', () => {
    const play = createQuantityPlay();
    expect(of(office(play), 'exec-hours')).toEqual([]);
    const [finding, ...more] = of(play.batch([run(night), run(night + minute)]), 'exec-hours');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'medium', observation: { 'deviation.key': 'Tue 03:00 UTC' } });
    expect(finding?.summary).toBe(
      `${name} had a command run in it by exec on Tue 03:00 UTC, an hour in which it never had one`,
    );
    play.restart();
    expect(of(play.batch([run(night + 7 * day)]), 'exec-hours')).toEqual([]);
  });

  it('an hour earlier or later than usual is nothing new', () => {
    const play = createQuantityPlay();
    office(play);
    const tuesday = monday + 22 * day;
    expect(of(play.batch([run(tuesday + 9 * hour), run(tuesday + 16 * hour)]), 'exec-hours')).toEqual([]);
    expect(of(play.batch([run(tuesday + 18 * hour)]), 'exec-hours')).toHaveLength(1);
  });

  it('is not judged before a week, nor where it comes at any hour', () => {
    const early = createQuantityPlay();
    office(early, { days: 5 });
    expect(of(early.batch([run(monday + 5 * day + 3 * hour)]), 'exec-hours')).toEqual([]);
    const erratic = createQuantityPlay();
    for (let nth = 0; nth < 60; nth += 1) erratic.batch([run(monday + nth * 11 * hour)]);
    expect(of(erratic.batch([run(monday + 30 * day + hour)]), 'exec-hours')).toEqual([]);
  });

  it('on a day of the week that never had one is told where each hour of the week is known', () => {
    const play = createQuantityPlay();
    office(play);
    expect(of(play.batch([run(monday + 26 * day + 10 * hour)]), 'exec-hours')).toMatchObject([
      { observation: { 'deviation.key': 'Sat 10:00 UTC' } },
    ]);
  });

  /** Once a day by people, never twice at the same hour of the week. */
  function visited(): QuantityPlay {
    const play = createQuantityPlay();
    for (let nth = 0; nth < 20; nth += 1)
      expect(of(play.batch([run(monday + nth * day + (9 + ((nth * 5) % 8)) * hour)]), 'exec-hours')).toEqual([]);
    return play;
  }

  it('by people who come at any hour of the day is told at night', () => {
    const play = visited();
    expect(of(play.batch([run(monday + 20 * day + 19 * hour)]), 'exec-hours')).toHaveLength(1);
    expect(of(play.batch([run(monday + 21 * day + 16.5 * hour)]), 'exec-hours')).toEqual([]);
    expect(of(play.batch([run(night)]), 'exec-hours')).toMatchObject([{ severity: 'medium' }]);
  });

  it('at one unusual hour after the other is low a week after the first ones, none of which was approved', () => {
    const play = visited();
    const told = [20, 21, 22, 23, 24, 26, 28, 31, 32, 33].flatMap((nth) =>
      of(play.batch([run(monday + nth * day + (nth < 27 ? 3 : 1) * hour)]), 'exec-hours').map(({ severity }) => [
        nth,
        severity,
      ]),
    );
    const medium = [20, 21, 22, 23, 24, 26, 28].map((nth) => [nth, 'medium']);
    expect(told).toEqual([...medium, [31, 'low'], [32, 'low'], [33, 'low']]);
  });

  it('that is interactive is judged apart', () => {
    const play = createQuantityPlay();
    for (let at = monday; at < monday + 21 * day; at += hour) play.batch([run(at)]);
    office(play, { tty: true });
    const told = play.batch([run(night, true)]);
    expect(of(told, 'exec-hours')).toEqual([]);
    expect(of(told, 'interactive-exec-hours')).toHaveLength(1);
  });

  it('in trouble is not learned, nor is what its lineage showed in the ten minutes before', () => {
    const play = createQuantityPlay();
    play.batch([run(monday)]);
    play.trouble(run(monday));
    play.batch([run(monday + 5 * minute)], { isHeld: true });
    play.batch([run(monday + 5 * hour)]);
    play.batch([run(monday + 6 * hour)]);
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'exec-hours');
    expect(view?.items.map(({ text }) => text)).toEqual(['Mon 05:00 UTC']);
  });

  it('at a time that was told is normal once somebody approves it, and new again once it is forgotten', () => {
    const play = createQuantityPlay();
    office(play);
    play.batch([run(night)]);
    const about = { workload, feature: 'exec-hours', key: 'Tue 03:00 UTC' };
    expect(decideQuantity(play.store(), { host: host.id, now: 0 }, { type: 'approve', ...about }).result).toBe(
      'applied',
    );
    expect(of(play.batch([run(night + 7 * day)]), 'exec-hours')).toEqual([]);
    expect(decideQuantity(play.store(), { host: host.id, now: 0 }, { type: 'forget', ...about }).result).toBe(
      'applied',
    );
    expect(of(play.batch([run(night + 14 * day)]), 'exec-hours')).toHaveLength(1);
  });
});

describe('an exit code', () => {
  it('that never came before is told, once the others are known', () => {
    const play = createQuantityPlay();
    for (let nth = 0; nth < 90; nth += 1) play.batch([die(monday + nth * hour, nth % 9 === 0 ? '143' : '0')]);
    const [finding] = of(play.batch([die(monday + 100 * hour, '139')]), 'exit-codes');
    expect(finding?.summary).toBe(`${name} ended with exit code 139, as it never did before`);
    expect(of(play.batch([die(monday + 101 * hour, '143')]), 'exit-codes')).toEqual([]);
  });

  it('is taken from the engine alone, and not while few ends were seen', () => {
    const play = createQuantityPlay();
    for (let nth = 0; nth < 10; nth += 1) play.batch([die(monday + nth * day, '0')]);
    expect(of(play.batch([die(monday + 11 * day, '1')]), 'exit-codes')).toEqual([]);
    play.batch([die(monday + 12 * day, '-1; rm')]);
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'exit-codes');
    expect(view?.items.map(({ text }) => text)).toEqual(['exit code 0']);
  });
});

describe('decisions about what is not there', () => {
  it('are refused', () => {
    const { store } = createQuantityPlay();
    const order = { workload: 'none', feature: 'cpu' };
    expect(decideQuantity(store(), { host: host.id, now: 0 }, { type: 'reset', ...order }).result).toBe('refused');
  });
});

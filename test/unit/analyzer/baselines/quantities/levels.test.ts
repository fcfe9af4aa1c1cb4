import { describe, expect, it } from 'vitest';
import { decideQuantity } from '../../../../../analyzer/baselines/quantities/decide.ts';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import type { LevelMemory } from '../../../../../shared/quantity-state.ts';
import { exec } from '../../../../support/analyzer/observations.ts';
import { createPlay, findings, quickBaselines } from '../../../../support/analyzer/play.ts';
import { createQuantityPlay, type QuantityPlay } from '../../../../support/analyzer/quantities.ts';
import { createContainer, type Use } from '../../../../support/analyzer/readings.ts';
import { privilegedExec, ruleSet } from '../../../../support/analyzer/rules.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** A Monday, at midnight UTC. */
const monday = Date.UTC(2026, 5, 1);
const options = { ...quickBaselines, minimumObservations: 50, minimumHours: 24 };

/** An hour of readings a batch. */
function tell(play: Pick<QuantityPlay, 'batch'>, observations: readonly Observation[]) {
  const told = [];
  for (let from = 0; from < observations.length; from += 60)
    told.push(...findings(play.batch(observations.slice(from, from + 60))));
  return told;
}

const begin = (seed = 1) => ({
  play: createQuantityPlay(),
  web: createContainer('c1', { from: monday, seed }),
});

const memoryOf = (play: Pick<QuantityPlay, 'state'>, quantity: string): LevelMemory => {
  const [, value = 'null'] = [...play.state].find(([key]) => key.endsWith(`/quantity/${workload}/${quantity}`)) ?? [];
  return JSON.parse(value) as LevelMemory;
};
const workload = encodeURIComponent('workload of docker.io/library/nginx');

describe('a container that is always about the same', () => {
  it('is learned after a day, and nothing is told of it in two weeks', () => {
    const { play, web } = begin();
    const usual = (): Use => ({
      cpu: 4 * web.noise(0.4),
      memory: 2 ** 28 * web.noise(0.1),
      pids: 12,
      sent: 20_000 * web.noise(0.8),
    });
    expect(tell(play, web.run(23 * 60, usual, 5))).toEqual([]);
    expect(memoryOf(play, 'cpu').progress.steady?.state).toBe('learning');
    expect(tell(play, web.run(14 * 24 * 60, usual, 5))).toEqual([]);
    expect(memoryOf(play, 'cpu').progress.steady?.state).toBe('steady');
    const { learned } = memoryOf(play, 'cpu');
    expect(learned?.p50).toBeGreaterThan(3.7);
    expect(learned?.p50).toBeLessThan(4.3);
    for (const [key, value] of play.state)
      if (key.includes('/quantity/')) expect(value.length, key).toBeLessThan(4_096);
  });
});

describe('a miner', () => {
  /** Four days at some 4 %. */
  function learned() {
    const { play, web } = begin();
    tell(
      play,
      web.run(4 * 24 * 60, () => ({ cpu: 4 * web.noise(0.3) }), 5),
    );
    return { play, web };
  }

  it('is found within minutes, once, in words that explain themselves', () => {
    const { play, web } = learned();
    const from = web.now();
    const [finding, ...more] = tell(
      play,
      web.run(6 * 60, () => ({ cpu: 60 * web.noise(0.02) })),
    );
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'deviation',
      nature: 'event',
      severity: 'medium',
      rule: { catalogue: ['IMP-02'] },
      observation: { 'deviation.feature': 'cpu', 'deviation.key': 'level', 'deviation.unit': '%' },
    });
    expect((finding?.at ?? 0) - from).toBeLessThanOrEqual(7 * minute);
    expect(finding?.summary).toMatch(
      /^docker.io\/library\/nginx used (59|60|61) % of its CPU for [5-7] min; at this time of day it was at most (\d|\d\.\d|1\d) % in 99 % of the readings of 4 days$/,
    );
  });

  it('is not learned however long it runs, and told again only after it had ended', () => {
    const { play, web } = learned();
    const idle = (): Use => ({ cpu: 4 * web.noise(0.3) });
    const mining = (): Use => ({ cpu: 60 * web.noise(0.02) });
    const before = memoryOf(play, 'cpu').learned;
    expect(tell(play, web.run(3 * 24 * 60, mining, 5))).toHaveLength(1);
    expect(memoryOf(play, 'cpu').learned?.p99).toBeLessThan((before?.p99 ?? 0) * 1.1);
    expect(tell(play, web.run(20, idle))).toEqual([]);
    // It went back for twenty minutes only: it is still the same.
    expect(tell(play, web.run(60, mining))).toEqual([]);
    expect(tell(play, web.run(3 * 60, idle))).toEqual([]);
    // It ended, and nobody approved it: the next within the week is judged by what was known before, and no less visible.
    const [again, ...more] = tell(play, web.run(50, mining));
    expect(more).toEqual([]);
    expect(again?.severity).toBe('medium');
  });

  it('that comes while another lasts is told when it takes much more', () => {
    const { play, web } = learned();
    expect(
      tell(
        play,
        web.run(120, () => ({ cpu: 25 })),
      ),
    ).toHaveLength(1);
    const [finding] = tell(
      play,
      web.run(60, () => ({ cpu: 95 })),
    );
    expect(finding?.summary).toMatch(/more than the 25 % that was told before$/);
  });

  it('is told in whichever container of the workload it runs', () => {
    const { play, web } = learned();
    const other = createContainer('c2', { from: web.now(), seed: 7 });
    const both = web
      .run(60, () => ({ cpu: 4 * web.noise(0.3) }))
      .flatMap((one, index) => [one, other.run(1, () => ({ cpu: index < 30 ? 4 : 70 }))[0] ?? one]);
    expect(tell(play, both).map(({ container }) => container?.id)).toEqual(['c2']);
  });

  it('that pauses, so that its chart never rises far nor falls to zero, is found within hours and not learned', () => {
    const { play, web } = learned();
    const mining = (): Use => ({ cpu: 95 });
    const idle = (): Use => ({ cpu: 2 });
    const from = web.now();
    const before = memoryOf(play, 'cpu').learned;
    const found = tell(play, web.run(1, mining));
    for (let turn = 0; turn < 240; turn += 1) found.push(...tell(play, [...web.run(3, mining), ...web.run(3, idle)]));
    const [finding, ...more] = found;
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ kind: 'deviation', rule: { catalogue: ['IMP-02'] } });
    expect((finding?.at ?? 0) - from).toBeLessThanOrEqual(125 * minute);
    expect(finding?.summary).toMatch(/ used (4[5-9]|50) % of its CPU for /);
    expect(memoryOf(play, 'cpu').learned?.max).toBe(before?.max);
    tell(
      play,
      web.run(4 * 60, () => ({ cpu: 4 * web.noise(0.3) })),
    );
    expect(memoryOf(play, 'cpu').told?.ended).toBeGreaterThan(finding?.at ?? 0);
  });

  it('that pauses in two containers of the workload is told once', () => {
    const { play, web } = learned();
    const other = createContainer('c2', { from: web.now(), seed: 7 });
    const from = web.now() + 10 * minute;
    const pausing = (at: number, high: number): Use => {
      const nth = Math.round((at - from) / minute);
      return { cpu: nth === 0 || (nth > 0 && (nth - 1) % 6 < 3) ? high : 2 };
    };
    const one = web.run(6 * 60, (at) => pausing(at, 95));
    const two = other.run(6 * 60, (at) => pausing(at, 98));
    const both = one.flatMap((first, nth) => [first, two[nth] ?? first]);
    expect(tell(play, both)).toHaveLength(1);
  });

  it('that runs while learning goes on is learned, and nothing is told', () => {
    const { play, web } = begin();
    expect(
      tell(
        play,
        web.run(20 * 60, () => ({ cpu: 60 })),
      ),
    ).toEqual([]);
  });
});

describe('what comes and goes', () => {
  it('once, for some minutes, is never told', () => {
    const { play, web } = begin();
    const idle = (): Use => ({ cpu: 4 * web.noise(0.3), sent: 10_000 * web.noise(0.3) });
    tell(play, web.run(4 * 24 * 60, idle, 5));
    for (let time = 0; time < 20; time += 1) {
      expect(
        tell(
          play,
          web.run(1, () => ({ cpu: 100, sent: 100_000_000 })),
        ),
      ).toEqual([]);
      expect(tell(play, web.run(97, idle))).toEqual([]);
    }
    expect(
      tell(
        play,
        web.run(3, () => ({ cpu: 100 })),
      ),
    ).toEqual([]);
  });

  it('every night is not told, at its hour or a little beside it; at noon it is', () => {
    const { play, web } = begin();
    const nightly = (at: number): Use => {
      const minuteOfDay = Math.floor((at % day) / minute);
      const isJob = minuteOfDay >= 190 && minuteOfDay < 215;
      return { cpu: isJob ? 85 : 4 * web.noise(0.3), sent: isJob ? 5_000_000 : 10_000 * web.noise(0.3) };
    };
    expect(tell(play, web.run(12 * 24 * 60, nightly, 5))).toEqual([]);
    const later = (at: number): Use => nightly(at - 50 * minute);
    expect(tell(play, web.run(24 * 60, later, 5))).toEqual([]);
    tell(play, web.run(12 * 60, nightly, 5));
    const told = tell(
      play,
      web.run(40, () => ({ cpu: 85, sent: 5_000_000 })),
    );
    expect(told.map(({ observation }) => observation['deviation.feature'])).toEqual(['cpu', 'network-out']);
  });
});

describe('slow exfiltration', () => {
  it('at twice the usual rate, for hours, hides among the readings and is found in the means of hours', () => {
    const { play, web } = begin(5);
    const rate = (at: number): number => 500_000 * (1 + 0.5 * Math.sin((2 * Math.PI * at) / day));
    const usual = (at: number): Use => ({ sent: rate(at) * web.noise(0.6) });
    expect(tell(play, web.run(10 * 24 * 60, usual, 5))).toEqual([]);
    const from = web.now();
    const [finding, ...more] = tell(
      play,
      web.run(24 * 60, (at) => ({ sent: (usual(at).sent ?? 0) * 2 }), 5),
    );
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      severity: 'medium',
      rule: { catalogue: ['NET-10'] },
      observation: { 'deviation.feature': 'network-out', 'deviation.key': 'level' },
    });
    expect((finding?.at ?? 0) - from).toBeLessThan(9 * hour);
    expect(finding?.summary).toMatch(/ sent .* times its usual mean of these hours, for \d+ h; /);
  });
});

describe('a shift of a fifth by day, of twice as much by night', () => {
  /** Half as much at weekends, ten times as much in the afternoon as at night. */
  const business = (at: number): number => {
    const clock = ((at % day) / day) * 24;
    const wave = (1 - Math.cos(((clock - 4) / 24) * 2 * Math.PI)) / 2;
    const isWeekend = Math.floor((at - monday) / day) % 7 >= 5;
    return 5_000 + 260_000 * (0.1 + 0.9 * wave) * (isWeekend ? 0.5 : 1);
  };

  it('is found within hours, once each day of the week is known; weekends and crowds of two hours are none', () => {
    const { play, web } = begin(9);
    const crowd = monday + 9 * day + 14.5 * hour;
    const usual = (at: number): Use => ({
      sent: business(at) * web.noise(0.3) * (at >= crowd && at < crowd + 2 * hour ? 2.2 : 1),
    });
    expect(tell(play, web.run(16 * 24 * 60 + 3.5 * 60, usual, 5))).toEqual([]);
    expect(JSON.stringify(memoryOf(play, 'network-out')).length).toBeLessThan(4_096);
    const from = web.now();
    const [finding] = tell(
      play,
      web.run(12 * 60, (at) => ({ sent: (usual(at).sent ?? 0) + 30_000 }), 5),
    );
    expect(finding).toMatchObject({ severity: 'medium', observation: { 'deviation.feature': 'network-out' } });
    expect((finding?.at ?? 0) - from).toBeLessThan(6 * hour);
  });
});

describe('a workload that takes all its CPU for some minutes once a day, never at the same hour', () => {
  it('is told of no more, but of what lasts longer than any of these', () => {
    const { play, web } = begin(11);
    const jobs = (at: number): Use => {
      const minuteOfDay = Math.floor((at % day) / minute);
      const begins = ((Math.floor((at - monday) / day) * 7) % 24) * 60 + 10;
      const isJob = minuteOfDay >= begins && minuteOfDay < begins + 9;
      return { cpu: isJob ? 85 : 3 * web.noise(0.3) };
    };
    tell(play, web.run(10 * 24 * 60, jobs, 2));
    const later = tell(play, web.run(5 * 24 * 60, jobs, 2));
    expect(later.filter(({ severity }) => severity === 'medium').length).toBeLessThanOrEqual(1);
    tell(
      play,
      web.run(3 * 60, () => ({ cpu: 3 * web.noise(0.3) })),
    );
    const from = web.now();
    const [miner] = tell(
      play,
      web.run(60, () => ({ cpu: 85 })),
    );
    expect(miner).toMatchObject({ severity: 'medium', observation: { 'deviation.feature': 'cpu' } });
    expect((miner?.at ?? 0) - from).toBeLessThan(25 * minute);
  });
});

describe('a slow drift upward', () => {
  it('is told once, as a finding of its own', () => {
    const { play, web } = begin(3);
    const growth = (at: number): number => 1.035 ** ((at - monday) / day);
    const told = tell(
      play,
      web.run(35 * 24 * 60, (at) => ({ memory: 2 ** 28 * growth(at) * web.noise(0.05) }), 10),
    );
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      severity: 'low',
      rule: { title: 'Memory use rises over weeks' },
      observation: { 'deviation.feature': 'memory', 'deviation.key': 'drift' },
    });
    expect(told[0]?.summary).toMatch(/ used \d+ MiB of memory on average of a day; \d\d days ago it was \d+ MiB, and/);
  });
});

describe('what comes from a lineage in trouble', () => {
  it('is not learned, nor what it showed just before', () => {
    const { web } = begin();
    const play = createPlay({ baselines: options, rules: ruleSet([privilegedExec]) });
    tell(
      play,
      web.run(40, () => ({ cpu: 4 })),
    );
    tell(
      play,
      web.run(9, () => ({ cpu: 90 })),
    );
    play.batch([exec('c1', web.now() + 1, ['sh'], { privileged: true, age: 1_000 })]);
    tell(
      play,
      web.run(9, () => ({ cpu: 90 })),
    );
    tell(
      play,
      web.run(120, () => ({ cpu: 4 })),
    );
    expect(memoryOf(play, 'cpu').learned?.max).toBeLessThan(5);
  });
});

describe('a start', () => {
  it('is learned apart, so that what a container takes then is not usual later', () => {
    const { play } = begin();
    const starting = createContainer('c1', { from: monday, look: { age: 10 } });
    const running = createContainer('c1', { from: monday + 40 * minute, look: { age: 4_000 } });
    tell(
      play,
      starting.run(40, () => ({ cpu: 90 })),
    );
    tell(
      play,
      running.run(120, () => ({ cpu: 4 })),
    );
    const memory = memoryOf(play, 'cpu');
    expect(memory.progress.startup?.sightings).toBeGreaterThan(30);
    expect(memory.learned?.max).toBeLessThan(5);
  });
});

describe('a container that lives for minutes', () => {
  it('is learned too, once it was silent for half an hour', () => {
    const { web } = begin();
    const play = createPlay({ baselines: options });
    tell(
      play,
      web.run(8, () => ({ cpu: 30 })),
    );
    expect(memoryOf(play, 'cpu').learned).toBeUndefined();
    expect(play.commits.at(-1)?.nextWake).toBe(web.now() + 30 * minute);
    play.batch([{ tick: web.now() + 30 * minute }]);
    expect(memoryOf(play, 'cpu').learned?.p50).toBeGreaterThan(29);
    expect([...play.state.keys()].filter((key) => key.includes('/gauge/'))).toEqual([]);
  });

  it('is not learned when it went silent on the way to a change, but its other levels are', () => {
    const { play, web } = begin();
    const idle = (): Use => ({ cpu: 4 * web.noise(0.3) });
    tell(play, web.run(4 * 24 * 60, idle, 5));
    const before = memoryOf(play, 'cpu');
    const brief = createContainer('c2', { from: web.now() });
    const burst = brief.run(5, () => ({ cpu: 95 }));
    expect(tell(play, burst)).toEqual([]);
    play.settle(brief.now() + 30 * minute);
    const after = memoryOf(play, 'cpu');
    expect(after.learned?.max).toBe(before.learned?.max);
    // Of its memory nothing was unusual.
    const memory = memoryOf(play, 'memory').progress.steady?.sightings ?? 0;
    const cpu = after.progress.steady?.sightings ?? 0;
    expect(memory - cpu).toBe(burst.length);
  });
});

describe('the view', () => {
  it('says how far learning is and what was learned', () => {
    const { play, web } = begin();
    tell(
      play,
      web.run(5 * 60, () => ({ cpu: 4 })),
    );
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'cpu');
    expect(view).toMatchObject({ state: 'learning', quantity: { unit: '%' }, items: [] });
    expect(view?.phases.steady.missing).toContain('watched for 4.8 of at least 24 hours');
  });
});

describe('a level that was told', () => {
  it('is normal at those hours once somebody approves it', () => {
    const { play, web } = begin();
    const usual = (): Use => ({ cpu: 4 * web.noise(0.3) });
    tell(play, web.run(8 * 24 * 60, usual, 5));
    expect(
      tell(
        play,
        web.run(60, () => ({ cpu: 60 })),
      ),
    ).toHaveLength(1);
    tell(play, web.run(23 * 60, usual, 5));
    const order = { workload: 'workload of docker.io/library/nginx', feature: 'cpu', key: 'level' };
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'cpu');
    expect(view?.items).toMatchObject([{ key: 'level', text: 'a level of 60 %', as: 'novel' }]);
    expect(decideQuantity(play.store(), { host: 'HOST', now: 0 }, { type: 'approve', ...order }).result).toBe(
      'applied',
    );
    expect(
      tell(
        play,
        web.run(60, () => ({ cpu: 60 })),
      ),
    ).toEqual([]);
    tell(play, web.run(11 * 60, usual, 5));
    expect(
      tell(
        play,
        web.run(60, () => ({ cpu: 60 })),
      ),
    ).toHaveLength(1);
    expect(decideQuantity(play.store(), { host: 'HOST', now: 0 }, { type: 'forget', ...order }).result).toBe('refused');
    expect(decideQuantity(play.store(), { host: 'HOST', now: 0 }, { type: 'reset', ...order }).result).toBe('applied');
    expect(
      tell(
        play,
        web.run(60, () => ({ cpu: 60 })),
      ),
    ).toEqual([]);
  });
});

describe('a job that runs for some minutes each night, in a container of its own', () => {
  it('is remembered for longer than what was not seen for ninety days', () => {
    const play = createQuantityPlay();
    for (let night = 0; night < 100; night += 1)
      tell(
        play,
        createContainer(`job${night}`, { from: monday + night * day }).run(9, () => ({ cpu: 4 })),
      );
    play.settle(monday + 100 * day);
    expect(memoryOf(play, 'cpu').progress.steady?.first).toBe(monday);
    // Nobody sees it any more.
    play.settle(monday + 189 * day);
    expect(memoryOf(play, 'cpu')).not.toBeNull();
    play.settle(monday + 190 * day);
    expect(memoryOf(play, 'cpu')).toBeNull();
  });
});

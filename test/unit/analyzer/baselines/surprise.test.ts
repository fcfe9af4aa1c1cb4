import { describe, expect, it } from 'vitest';
import { noveltiesPerWeek, severityOf } from '../../../../analyzer/baselines/surprise.ts';
import { random } from '../../../support/random.ts';

const none = () => 0;
const week = 7 * 24 * 3_600_000;

describe('novelties expected in a week', () => {
  it('are those seen once over the time watched, and half a one for what no time can exclude', () => {
    expect(noveltiesPerWeek({ once: 0, first: 0 }, week, none)).toBe(1);
    expect(noveltiesPerWeek({ once: 3, first: week }, 3 * week, none)).toBe(1.75);
    expect(noveltiesPerWeek({ once: 0, first: 5 }, 5, none)).toBe(Number.POSITIVE_INFINITY);
  });

  it('are at least as many as came lately, where old things give way to new ones for good', () => {
    const asked: number[] = [];
    const news = (since: number): number => {
      asked.push(since);
      return 20;
    };
    expect(noveltiesPerWeek({ once: 0, first: 0 }, 4 * week, news)).toBe(10.25);
    expect(asked).toEqual([2 * week]);
  });

  it('are about as many as come in the week after, in a workload that draws from many things, some of them rare', () => {
    let expected = 0;
    let came = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const next = random(seed);
      const draw = (): number => Math.floor(1 / (next() + 0.0005));
      const counts = new Map<number, number>();
      const show = (): boolean => {
        const item = draw();
        const before = counts.get(item) ?? 0;
        counts.set(item, before + 1);
        return before === 0;
      };
      for (let sighting = 0; sighting < 4_000; sighting += 1) show();
      const once = [...counts.values()].filter((count) => count === 1).length;
      expected += noveltiesPerWeek({ once, first: 0 }, 4 * week, none);
      for (let sighting = 0; sighting < 1_000; sighting += 1) came += Number(show());
    }
    expect(came / expected).toBeGreaterThan(0.85);
    expect(came / expected).toBeLessThan(1.15);
  });
});

describe('the severity of a deviation', () => {
  it('is medium when such a one is expected at most so often', () => {
    expect(severityOf('low', { perWeek: 0.9, atMost: 1 })).toBe('medium');
    expect(severityOf('low', { perWeek: 1.1, atMost: 1 })).toBe('low');
    expect(severityOf('high', { perWeek: 0.9, atMost: 1 })).toBe('high');
  });
});

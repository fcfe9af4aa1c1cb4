import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTimers } from '../../../analyzer/timers.ts';

describe('timers', () => {
  it('fire by time, then by name', () => {
    const timers = createTimers();
    timers.wakeAt('late', 30);
    timers.wakeAt('b', 10);
    timers.wakeAt('a', 10);
    const fired: string[] = [];
    for (let due = timers.due(30); due !== undefined; due = timers.due(30)) {
      fired.push(due);
      timers.wakeAt(due, undefined);
    }
    expect(fired).toEqual(['a', 'b', 'late']);
    expect(timers.next()).toBeUndefined();
  });

  it('fire at their time, not before', () => {
    const timers = createTimers();
    timers.wakeAt('a', 10);
    expect(timers.due(9)).toBeUndefined();
    expect(timers.due(10)).toBe('a');
  });

  it('that are put off again and again behind one that waits take no more room', () => {
    const timers = createTimers();
    timers.wakeAt('waits', 1);
    for (let time = 10; time < 10_000; time += 1) timers.wakeAt(`e${time % 5}`, time);
    expect(timers.held()).toBeLessThan(100);
    expect(timers.next()).toBe(1);
    timers.wakeAt('waits', undefined);
    expect([timers.due(9_995), timers.next()]).toEqual(['e0', 9_995]);
  });

  it('are as a plain list of the last time set for each entity', () => {
    const change = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.option(fc.nat(50), { nil: undefined }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
        const timers = createTimers();
        const plain = new Map<string, number>();
        for (const [entity, time] of changes) {
          timers.wakeAt(entity, time);
          if (time === undefined) plain.delete(entity);
          else plain.set(entity, time);
          expect(timers.next()).toBe(plain.size === 0 ? undefined : Math.min(...plain.values()));
        }
        const fired: (readonly [string, number])[] = [];
        for (let due = timers.due(50); due !== undefined; due = timers.due(50)) {
          fired.push([due, plain.get(due) ?? -1]);
          timers.wakeAt(due, undefined);
        }
        expect(fired).toEqual([...plain].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)));
      }),
    );
  });
});

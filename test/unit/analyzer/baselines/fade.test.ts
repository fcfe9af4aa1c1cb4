import { describe, expect, it } from 'vitest';
import { fadeDays, fadesAtOnce, isFaded } from '../../../../analyzer/baselines/fade.ts';
import type { StoredItem } from '../../../../shared/baseline-state.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import type { Order } from '../../../../shared/decision.ts';
import { decided, nginx } from '../../../support/analyzer/decisions.ts';
import { egress } from '../../../support/analyzer/observations.ts';
import { createPlay, type Play, told } from '../../../support/analyzer/play.ts';

const day = 24 * 3_600_000;
const feature = 'egress-destinations';
const to = (port: number) => ({ ip: '192.0.2.1', port });
const later = { age: 100 };
const start = { age: 1 };

/** A play whose workload has learned these ports on day 0, each seen three times. */
function learned(ports: readonly number[] = [1, 2], look: { age: number } = later): Play {
  const play = createPlay();
  for (let turn = 0; turn < 3; turn += 1)
    play.batch(ports.map((port, index) => egress('c1', turn * 10_000 + index, to(port), look)));
  return play;
}

/** It does these things on each of so many days. */
function days(play: Play, { from, count, ports = [1], look = later }: DaysLook): void {
  for (let n = from; n < from + count; n += 1)
    play.batch(ports.map((port, index) => egress('c1', n * day + index, to(port), look)));
}

interface DaysLook {
  readonly from: number;
  readonly count: number;
  readonly ports?: readonly number[];
  readonly look?: { age: number };
}

const items = (play: Play) => describeBaselines(play.state).find((view) => view.feature === feature)?.items ?? [];

const known = (play: Play): readonly string[] =>
  items(play)
    .map(({ text, as }) => `${text.slice('192.0.2.1 port '.length)} ${as}`)
    .sort();

const order = (type: 'approve' | 'mode', more: object): Order => ({ type, workload: nginx, feature, ...more }) as Order;

describe('what a workload no longer does', () => {
  it('is forgotten after so many days on which it was active, and new when it comes back', () => {
    const play = learned();
    days(play, { from: 1, count: fadeDays });
    expect(known(play)).toEqual(['1/tcp learned', '2/tcp learned']);
    play.restart();
    days(play, { from: 1 + fadeDays, count: 1 });
    expect(known(play)).toEqual(['1/tcp learned']);
    expect(told(play.batch([egress('c1', 100 * day, to(2), later)]))).toEqual(['NET-14']);
  });

  it('is not forgotten for time alone: a workload that was stopped for months knows what it knew', () => {
    const play = learned();
    days(play, { from: 85, count: fadeDays - 1 });
    expect(told(play.batch([egress('c1', 220 * day, to(2), later)]))).toEqual([]);
  });

  it('is remembered from its last sighting on: what runs once a month stays', () => {
    const play = learned();
    for (let month = 0; month < 6; month += 1) {
      days(play, { from: 1 + month * 31, count: 30 });
      expect(told(play.batch([egress('c1', (month + 1) * 31 * day, to(2), later)]))).toEqual([]);
    }
    days(play, { from: 188, count: fadeDays });
    expect(known(play)).toEqual(['1/tcp learned', '2/tcp learned']);
    days(play, { from: 188 + fadeDays, count: 1 });
    expect(known(play)).toEqual(['1/tcp learned']);
  });

  it('at a start is forgotten by starts, later by what it does later', () => {
    const play = learned([1, 2], start);
    days(play, { from: 1, count: 1, ports: [3, 3, 3, 3, 3, 3] });
    days(play, { from: 2, count: 2 * fadeDays, ports: [3] });
    expect(known(play)).toEqual(['1/tcp learned', '2/tcp learned', '3/tcp learned']);
    days(play, { from: 150, count: fadeDays + 1, look: start });
    expect(known(play)).toEqual(['1/tcp learned', '3/tcp learned']);
  });

  it('stays when somebody approved it, and while its baseline is enforced', () => {
    const approved = learned();
    const key = items(approved).find(({ text }) => text.includes('port 2'))?.key;
    approved.batch([decided(order('approve', { key }), 40_000)]);
    days(approved, { from: 1, count: 3 * fadeDays });
    expect(known(approved)).toEqual(['1/tcp learned', '2/tcp learned']);

    const enforced = learned();
    enforced.batch([decided(order('mode', { mode: 'enforce' }), 40_000)]);
    days(enforced, { from: 1, count: 3 * fadeDays });
    expect(known(enforced)).toEqual(['1/tcp learned', '2/tcp learned']);
  });

  it('that was told and nobody decided about is forgotten as late, and told anew when it comes back', () => {
    const play = learned();
    expect(told(play.batch([egress('c1', 40_000, to(9), later)]))).toEqual(['NET-14']);
    days(play, { from: 1, count: fadeDays - 1 });
    expect(known(play)).toEqual(['1/tcp learned', '2/tcp learned', '9/tcp novel']);
    expect(told(play.batch([egress('c1', fadeDays * day, to(9), later)]))).toEqual([]);
    days(play, { from: 1 + fadeDays, count: fadeDays + 1 });
    expect(known(play)).toEqual(['1/tcp learned']);
    expect(told(play.batch([egress('c1', 200 * day, to(9), later)]))).toEqual(['NET-14']);
  });

  it('fades some at a time', () => {
    const play = learned(Array.from({ length: 300 }, (_, index) => index + 1));
    days(play, { from: 1, count: fadeDays + 1 });
    expect(known(play)).toHaveLength(300 - fadesAtOnce);
    days(play, { from: 2 + fadeDays, count: 1 });
    expect(known(play)).toEqual(['1/tcp learned']);
  });
});

it('an item that was last seen before days were counted is as old as they are', () => {
  const item: StoredItem = {
    host: 'h',
    workload: 'w',
    feature: 'f',
    text: 't',
    lineage: 'l',
    steady: { as: 'learned', count: 1, first: 0, last: 0 },
  };
  expect(isFaded(item, { phase: 'steady', days: fadeDays })).toBe(false);
  expect(isFaded(item, { phase: 'steady', days: fadeDays + 1 })).toBe(true);
  expect(isFaded(item, { phase: 'startup', days: fadeDays + 1 })).toBe(false);
});

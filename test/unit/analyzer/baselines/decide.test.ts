import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import type { Order } from '../../../../shared/decision.ts';
import { decided, nginx } from '../../../support/analyzer/decisions.ts';
import { egress, exec } from '../../../support/analyzer/observations.ts';
import { createPlay, type Play, quickBaselines, told } from '../../../support/analyzer/play.ts';

const hour = 3_600_000;
const feature = 'egress-destinations';
const known = { ip: '192.0.2.1', port: 443 };
const fresh = { ip: '203.0.113.9', port: 4444 };
const freshText = '203.0.113.9 port 4444/tcp';
const steady = { age: 200 };

const slow = { ...quickBaselines, minimumHours: 24 };

/** A play whose workload has learned one destination, in the steady phase. */
function learned(play: Play = createPlay()): Play {
  for (let at = 1; at <= 6; at += 1) play.batch([egress('c1', at, known, steady)]);
  return play;
}

const view = (play: Play) => describeBaselines(play.state).find((one) => one.feature === feature);
const itemOf = (play: Play, text: string) => view(play)?.items.find((item) => item.text === text);
const keyOf = (play: Play, text: string): string => itemOf(play, text)?.key ?? 'absent';
const order = <Type extends Order['type']>(type: Type, more: object = {}): Order =>
  ({ type, workload: nginx, feature, ...more }) as Order;

describe('approving', () => {
  it('makes what was told normal for good, in every phase, also after a restart', () => {
    const play = learned();
    expect(told(play.batch([egress('c1', 100, fresh, steady)]))).toEqual(['NET-14']);
    const [answer] = play.batch([decided(order('approve', { key: keyOf(play, freshText) }), 101)]);
    expect(answer).toMatchObject({
      type: 'answer',
      at: 101,
      host: { id: 'HOST' },
      result: 'applied',
      text: `${freshText}: normal for docker.io/library/nginx from now on (${feature})`,
      made: { at: 101, actor: { name: 'sam' }, reason: 'because', order: { type: 'approve', feature } },
    });
    expect(itemOf(play, freshText)).toMatchObject({
      as: 'learned',
      known: ['startup', 'steady'],
      approved: { by: 'sam', at: 101, reason: 'because' },
    });
    play.restart();
    expect(told(play.batch([egress('c1', 102, fresh, steady), egress('c2', 103, fresh, { age: 5 })]))).toEqual([]);
    expect(told(play.batch([egress('c1', 104, { ...fresh, port: 1 }, steady)]))).toEqual(['NET-14']);
  });

  it('counts as learned what was held, and no trouble takes it back', () => {
    const play = createPlay({ baselines: slow });
    play.batch([exec('c1', 1_000, ['sh'], { privileged: true, age: 100 }), egress('c1', 1_001, fresh, steady)]);
    expect(itemOf(play, freshText)?.as).toBe('held');
    expect(view(play)?.phases.steady.sightings).toBe(0);
    play.batch([decided(order('approve', { key: keyOf(play, freshText) }), 1_002)]);
    expect(itemOf(play, freshText)?.as).toBe('learned');
    expect(view(play)?.phases.steady.sightings).toBe(1);
    play.batch([exec('c1', 1_003, ['sh'], { privileged: true, age: 100 }), egress('c1', 1_004, fresh, { age: 5 })]);
    expect(itemOf(play, freshText)).toMatchObject({ as: 'learned', count: 2 });
    play.batch([{ tick: hour }]);
    expect(view(play)?.phases.steady.sightings).toBe(1);
    expect(view(play)?.phases.startup.sightings).toBe(1);
  });

  it('is applied once, and refused where what it names is not known', () => {
    const play = learned();
    const approval = decided(order('approve', { key: keyOf(play, '192.0.2.1 port 443/tcp') }), 10);
    expect(play.batch([approval, approval])).toHaveLength(1);
    play.restart();
    expect(play.batch([approval])).toEqual([]);
    const wrong = [
      order('approve', { key: '0123456789abcdef' }),
      order('approve', { key: 'k', feature: 'exec-commands' }),
      order('forget', { key: 'k', workload: 'another' }),
      order('reset', { workload: 'another' }),
      { type: 'mode', workload: 'another', mode: 'enforce' } as const,
      order('import', { feature: 'dreams', workloadName: 'w', mode: 'learn', items: [] }),
    ];
    const before = new Map(play.state);
    expect(told(play.batch(wrong.map((one, index) => decided(one, 20 + index))))).toEqual([
      'refused: docker.io/library/nginx is not known to have shown 0123456789abcdef in egress-destinations',
      `refused: the workload ${nginx} has no baseline of exec-commands on anchor`,
      'refused: the workload another has no baseline of egress-destinations on anchor',
      'refused: the workload another has no baseline of egress-destinations on anchor',
      'refused: the workload another has no baseline on anchor',
      expect.stringMatching(/^refused: there is no feature dreams; there are exec-commands, /),
    ]);
    const baselines = (state: ReadonlyMap<string, string>) =>
      [...state].filter(([key]) => /\/(memory|item)\//.test(key));
    expect(baselines(play.state)).toEqual(baselines(before));
  });

  it('concerns the workload of that host alone', () => {
    const play = learned();
    const elsewhere = { host: { id: 'OTHER', name: 'other' } };
    const key = keyOf(play, '192.0.2.1 port 443/tcp');
    expect(told(play.batch([decided(order('approve', { key }), 10, elsewhere)]))).toEqual([
      `refused: the workload ${nginx} has no baseline of egress-destinations on other`,
    ]);
  });

  it('is refused while baselines are switched off', () => {
    const play = createPlay({ baselines: { ...quickBaselines, enabled: false } });
    expect(told(play.batch([decided(order('approve', { key: 'k' }), 10)]))).toEqual([
      'refused: baselines are switched off (baselines.enabled)',
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { hostWorkload } from '../../../../../shared/workload.ts';
import { decided } from '../../../../support/analyzer/decisions.ts';
import { container, engineEvent, exec, heard, host } from '../../../../support/analyzer/observations.ts';
import { createPlay, findings, type Play, quickBaselines } from '../../../../support/analyzer/play.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const monday = Date.UTC(2026, 5, 1);
const options = { ...quickBaselines, minimumObservations: 50, minimumHours: 24, newProbability: 0.05 };

const about = (action: string, at: number, id = 'c1'): Observation => ({
  ...engineEvent(['container', action], at, { container: container(id), docker: { id, name: id } }),
  workload: { id: 'w', name: 'shop/web' },
});
const told = (play: Play, ...observations: readonly Observation[]) =>
  findings(observations.flatMap((observation) => play.batch([observation]))).filter(
    ({ kind, digest, observation }) =>
      kind === 'deviation' && digest !== true && !`${String(observation['deviation.feature'])}`.startsWith('host-'),
  );
const features = (found: ReturnType<typeof told>): readonly unknown[] =>
  found.map(({ workload, observation }) => `${workload?.name} ${String(observation['deviation.feature'])}`);

/** Somebody works between nine and five each day: a deployment every two hours, of networks, images and containers. */
function worked(days: number): Play {
  const play = createPlay({ baselines: options });
  for (let day = 0; day < days; day += 1)
    for (let hour = 9; hour <= 17; hour += 2) {
      const at = monday + day * dayMs + hour * hourMs;
      const image = { repository: 'docker.io/acme/web' };
      const pull = engineEvent(['image', 'pull'], at + 1, { image });
      play.batch([pull, about('create', at + 2, `c${day}-${hour}`), about('start', at + 3, `c${day}-${hour}`)]);
    }
  return play;
}

describe('the numbers of a host', () => {
  const night = monday + 14 * dayMs + 3 * hourMs;

  it('tell who asks its engine for something at 3 a.m., once, as the host’s', () => {
    const play = worked(14);
    const network = engineEvent(['network', 'create'], night, {
      docker: { name: 'x', attributes: { type: 'bridge' } },
    });
    const [finding, ...more] = told(play, network);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      severity: 'medium',
      workload: hostWorkload(host),
      summary: 'host anchor had its engine asked for something on Mon 03:00 UTC, an hour in which it never was',
      observation: { 'deviation.feature': 'engine-action-hours', 'docker.type': 'network' },
    });
    play.restart();
    expect(told(play, { ...network, id: 'again', at: night + 60_000 })).toEqual([]);
  });

  it('tell nothing of what nobody asks for at 3 a.m.: restarts, ends, health, networks and volumes of what starts', () => {
    const play = worked(14);
    const boot = ['die', 'start', 'health_status', 'stop', 'kill', 'destroy'].map((action, at) =>
      about(action, night + at),
    );
    const follows = [
      engineEvent(['network', 'connect'], night + 10),
      engineEvent(['volume', 'mount'], night + 11),
      engineEvent(['volume', 'create'], night + 12, { docker: { id: 'ab'.repeat(32) } }),
      engineEvent(['node', 'update'], night + 13),
    ];
    expect(features(told(play, ...boot, ...follows))).toEqual([]);
  });

  it('leave an exec to its workload', () => {
    const play = worked(14);
    const { exec: facts, ...rest } = exec('c1', night, ['sh']);
    const visit = { ...rest, exec: { ...(facts as NonNullable<typeof facts>), tty: true } };
    expect(features(told(play, visit)).filter((name) => String(name).startsWith('@host'))).toEqual([]);
  });

  it('tell more containers created than in any hour before, once', () => {
    const play = worked(14);
    const noon = monday + 14 * dayMs + 11 * hourMs;
    const burst = Array.from({ length: 30 }, (_, at) => about('create', noon + at * 1_000, `burst-${at}`));
    const found = told(play, ...burst);
    expect(features(found)).toEqual(['@host container-creates', '@host engine-actions']);
    expect(found[0]?.summary).toMatch(/^host anchor had \d+ containers created in 1 min; the most .* was 1$/);
  });

  it('are kept as the host’s own and shown so', () => {
    const views = describeBaselines(worked(3).state).filter(({ workload }) => workload.name === '@host');
    expect(views.map(({ feature }) => feature)).toEqual(
      expect.arrayContaining(['container-creates', 'engine-action-hours', 'engine-actions', 'host-images']),
    );
    expect(views.every(({ workload, host: of }) => workload.id === hostWorkload(host).id && of.id === host.id)).toBe(
      true,
    );
  });

  describe('of which there is hardly any', () => {
    const creates = (from: number, count: number) =>
      Array.from({ length: count }, (_, nth) => about('create', from + nth * 1_000, `c${from}-${nth}`));
    const burst = monday + 29 * dayMs + 12 * hourMs;
    /** A container a week is made on a host that was heard, but for the days that are left out. */
    const quiet = (isHeard: (day: number) => boolean): Play => {
      const play = createPlay({ baselines: options });
      for (let day = 0; day < 29; day += 1) {
        const at = monday + day * dayMs;
        if (isHeard(day)) play.batch(heard(at, at + dayMs / 2 + 1));
        if (day % 7 === 0) play.batch(creates(at + dayMs / 2 + 1_000, 1));
        if (isHeard(day)) play.batch(heard(at + dayMs / 2 + 600_000, at + dayMs));
      }
      play.batch(isHeard(29) ? heard(monday + 29 * dayMs, burst) : []);
      return play;
    };
    const rates = (play: Play) =>
      describeBaselines(play.state)
        .filter(({ quantity }) => quantity?.kind === 'rate')
        .map(({ feature, state, quantity, missing }) => [feature, state, quantity?.text, ...missing]);

    it('have learned by quiet where the collector was heard, and tell what is more than in any hour', () => {
      const play = quiet(() => true);
      expect(rates(play)).toContainEqual([
        'container-creates',
        'steady',
        'none in nearly all of 168 hours, never above 1 per hour',
      ]);
      play.restart();
      const found = told(play, ...creates(burst, 100));
      expect(features(found)).toEqual(['@host container-creates', '@host engine-actions']);
      expect(found[0]?.summary).toBe(
        'host anchor had 13 containers created in 1 min; the most in any hour of 30 days was 1',
      );
    });

    it('are quiet from the first, if nothing of them ever came', () => {
      const play = createPlay({ baselines: options });
      play.batch(heard(monday, monday + 8 * dayMs));
      expect(features(told(play, ...creates(monday + 8 * dayMs, 100)))).toContain('@host container-creates');
    });

    it('go on learning, silently, where nobody was there for a week to hear of more', () => {
      const play = quiet((day) => day % 7 === 0);
      expect(rates(play)).toContainEqual([
        'container-creates',
        'learning',
        'half at most 1 per hour, 99 % at most 1 per hour, never above 1 per hour',
        '5 of at least 50 sightings, or 168 hours in which the collector was heard',
      ]);
      expect(features(told(play, ...creates(burst, 100)))).toEqual([]);
    });

    it('begin anew after a reset: what was heard before is no evidence', () => {
      const play = quiet(() => true);
      const order = { type: 'reset', workload: hostWorkload(host).id, feature: 'container-creates' } as const;
      play.batch([decided(order, burst)]);
      play.batch(heard(burst, burst + dayMs));
      expect(rates(play)).toContainEqual(expect.arrayContaining(['container-creates', 'learning']));
      expect(features(told(play, ...creates(burst + dayMs, 100)))).not.toContain('@host container-creates');
    });
  });
});

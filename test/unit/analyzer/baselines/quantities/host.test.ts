import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { hostWorkload } from '../../../../../shared/workload.ts';
import { container, engineEvent, exec, host } from '../../../../support/analyzer/observations.ts';
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
});

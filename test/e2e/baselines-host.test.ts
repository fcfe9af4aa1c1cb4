import { describe, expect, test } from 'vitest';
import { acceleratedBaselines } from '../../cli/demo/settings.ts';
import type { Finding } from '../../shared/finding.ts';
import { isHostWorkload } from '../../shared/workload.ts';
import { eventually } from '../support/eventually.ts';
import type { Moorwatch } from '../support/moorwatch.ts';
import { steadyBaselines } from '../support/steady-baselines.ts';
import { watchedLab } from '../support/watched-lab.ts';

/** What a host itself is learned to do: by what its engine is asked for, and by containers. */
const config = `baselines: ${JSON.stringify(acceleratedBaselines)}\n`;

const watched = watchedLab(config);

/** What the host always does, the nth time. Nothing is removed: much of that is a finding, after which nothing is learned for ten minutes. */
const round = (nth: number): string => `docker volume create data-${10 + nth}; docker tag lab/bb:1 acme/app:1
  docker create --name job-${10 + nth} $N acme/app:1 sleep 60; sleep 1.5`;

interface Deviation {
  readonly feature: string;
  /** Makes it happen, also once more. */
  readonly script: string;
  readonly summary: RegExp;
}

const deviations: readonly Deviation[] = [
  {
    feature: 'host-images',
    script: 'docker tag lab/bb:1 evil/miner:1',
    summary: /^host .* had image docker\.io\/evil\/miner made or loaded here, which it never had before/,
  },
  {
    feature: 'host-actions',
    script: 'docker network rm drop 2>/dev/null; docker network create --internal drop',
    summary: /^host .* had network drop \(bridge\) created, which it never had before/,
  },
  {
    feature: 'host-workloads',
    script: 'docker rm -f intruder 2>/dev/null; docker run -d --name intruder $N evil/miner:1 sleep 3600',
    summary: /^host .* ran evil\/miner, which it never did before/,
  },
];

const telling = (findings: readonly Finding[], { feature, summary }: Deviation): readonly Finding[] =>
  findings.filter(
    ({ kind, digest, workload, observation, summary: said }) =>
      kind === 'deviation' &&
      digest !== true &&
      workload !== undefined &&
      isHostWorkload(workload) &&
      observation['deviation.feature'] === feature &&
      summary.test(said),
  );

async function learned(running: Moorwatch): Promise<readonly string[]> {
  const steady = await steadyBaselines(running);
  return steady.flatMap(({ workload, feature }) => (isHostWorkload(workload) ? [feature] : []));
}

describe('a host that was learned', () => {
  test('tells each deviation once, explains it, is taught, and stays silent, also after a restart', async () => {
    const running = await watched.start();
    const wanted = deviations.map(({ feature }) => feature);
    let done: readonly string[] = [];
    for (let nth = 0; nth < 60 && !wanted.every((one) => done.includes(one)); nth += 1) {
      await watched.lab.sh(round(nth));
      if (nth >= 8) done = await learned(running);
    }
    expect(done).toEqual(expect.arrayContaining(wanted));

    const once = new Map<string, string>();
    for (const deviation of deviations) {
      await watched.lab.sh(deviation.script);
      const [finding] = await eventually(
        async () => {
          const found = telling(await running.findings(), deviation);
          return found.length === 0 ? undefined : found;
        },
        () => `no deviation of ${deviation.feature}: ${running.stderr()}`,
        60_000,
      );
      once.set(deviation.feature, finding?.id ?? '');
    }
    const titles = (await running.incidents()).map(({ title }) => title);
    expect(titles.some((title) => title.startsWith('intruder: '))).toBe(true);
    expect(titles.some((title) => title.startsWith('Host '))).toBe(true);
    for (const id of once.values()) {
      const why = await running.cli('baselines', 'why', id);
      expect(why).toMatchObject({ code: 0, stderr: '' });
      expect(why.stdout).toMatch(/was not known when it was seen/);
      const approved = await running.cli('baselines', 'approve', '--finding', id, '--reason', 'planned change');
      expect(approved).toMatchObject({ code: 0 });
    }

    await running.stop();
    const again = await watched.start();
    for (const { script } of deviations) await watched.lab.sh(script);
    await watched.lab.sh(
      'docker rm -f sentinel 2>/dev/null; docker run -d --name sentinel --cap-add SYS_MODULE $N $B sleep 3600',
    );
    await again.finding('CFG-04', (name) => name === 'sentinel');
    const after = await again.findings();
    for (const deviation of deviations)
      expect(
        telling(after, deviation).map(({ id }) => id),
        deviation.feature,
      ).toEqual([once.get(deviation.feature)]);
  }, 600_000);
});

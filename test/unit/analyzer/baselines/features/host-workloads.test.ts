import { describe, expect, it } from 'vitest';
import { hostWorkloads } from '../../../../../analyzer/baselines/features/host-workloads.ts';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { hostWorkload } from '../../../../../shared/workload.ts';
import { exec, host, lifecycle, snapshot } from '../../../../support/analyzer/observations.ts';
import { createPlay, findings, quickBaselines } from '../../../../support/analyzer/play.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

type Look = Parameters<typeof snapshot>[2];
const made = (id: string, at: number, look: Look = {}): Observation => {
  const [observation] = snapshot(id, at, look);
  if (observation === undefined) throw new Error('a snapshot has a container');
  return observation;
};
const learns = (look: Look) => hostWorkloads.learns(made('c1', 1, look), {})[0];
const compose = (project: string, repository = 'docker.io/library/postgres'): Look => ({
  repository,
  claims: [project, 'db', '1'],
});

describe('the workloads of a host', () => {
  it('are one whatever replica, image version or run it is', () => {
    const keys = [
      hostWorkloads.learns(made('c1', 1, { ...compose('pr-41'), image: 'sha256:1' }), {}),
      hostWorkloads.learns(
        made('c2', 2, { repository: 'docker.io/library/postgres', claims: ['pr-42', 'db', '2'] }),
        {},
      ),
    ].map(([item]) => item?.key);
    expect(keys[0]).toBe(keys[1]);
    expect(learns(compose('pr-41'))?.text).toBe('pr-<number>/db (postgres)');
  });

  it('are others by image and by the service that they claim', () => {
    const looks: Look[] = [
      {},
      { repository: 'docker.io/evil/nginx' },
      compose('shop'),
      compose('blog'),
      compose('shop', 'docker.io/evil/postgres'),
    ];
    expect(new Set(looks.map((look) => learns(look)?.key)).size).toBe(looks.length);
    expect(learns({ privileged: true })?.key).toBe(learns({})?.key);
  });

  it('are told of a container, not of its mounts once more, and not of each reading', () => {
    const [, mount] = snapshot('c1', 1, { mounts: { '/d': '/s' } });
    expect(hostWorkloads.learns(mount as Observation, {})).toEqual([]);
    const reading = (at: number): Observation => ({ ...lifecycle('c1', at, 'start'), kind: 'resources' });
    expect(hostWorkloads.learns(reading(5 * dayMs + 299_000), {})).toHaveLength(1);
    expect(hostWorkloads.learns(reading(5 * dayMs + 300_000), {})).toEqual([]);
    const use = { cpu_pct_of_quota: 1, memory_bytes: 1, pids: 1, block_read_bytes: 0, block_write_bytes: 0 };
    const late = { ...reading(5 * dayMs + 3_000_000), resources: { ...use, first_of_day: true as const } };
    expect(hostWorkloads.learns(late, {})).toHaveLength(1);
    expect(hostWorkloads.learns({ ...late, resources: use }, {})).toEqual([]);
  });
});

const options = { ...quickBaselines, minimumObservations: 50, minimumHours: 24, newProbability: 0.05 };
const ofHost = (play: ReturnType<typeof createPlay>, observation: Observation) =>
  findings(play.batch([observation])).filter(({ workload }) => workload?.id === hostWorkload(host).id);

describe('a new workload on a host', () => {
  it('that is quiet is told as the host’s, of its container, once, and after a restart', () => {
    const play = createPlay({ baselines: options });
    for (const name of ['nginx', 'postgres', 'redis'])
      play.batch([made(name, 1, { repository: `docker.io/library/${name}`, action: 'present' })]);
    const digests = ofHost(play, made('nginx', 3 * hourMs, { repository: 'docker.io/library/nginx' }));
    expect(digests.map(({ summary }) => summary)).toEqual([
      'host anchor: 3 workloads run for the first time (still learning): nginx; postgres; redis',
    ]);
    const [told] = ofHost(play, made('evil', 20 * dayMs, { repository: 'docker.io/evil/miner', name: 'web2' }));
    expect(told).toMatchObject({
      kind: 'deviation',
      severity: 'medium',
      summary: 'host anchor ran evil/miner, which it never did before',
      workload: { name: '@host' },
      container: { id: 'evil', name: 'web2' },
      observation: { 'deviation.feature': 'host-workloads', 'container.image.name': 'docker.io/evil/miner' },
    });
    play.restart();
    expect(ofHost(play, made('evil2', 21 * dayMs, { repository: 'docker.io/evil/miner' }))).toEqual([]);
  });

  it('is not told where something new is run every day', () => {
    const play = createPlay({ baselines: options });
    const told = Array.from({ length: 400 }, (_, run) =>
      ofHost(play, made(`job-${run}`, run * 4 * hourMs, { repository: `registry.example/ci/${word(run)}` })),
    );
    expect(told.flat().filter(({ digest }) => digest !== true)).toEqual([]);
  });

  it('is not told of one more project of a service that many have, but of another image in its place', () => {
    const play = createPlay({ baselines: options });
    for (let day = 0; day < 20; day += 1)
      for (let at = 0; at < 11; at += 1) ofHost(play, made('c1', 1 + day * dayMs + at * hourMs, compose(word(at))));
    const told = (id: string, repository?: string) =>
      ofHost(play, made(id, 30 * dayMs, compose('lima', repository)))
        .filter(({ digest }) => digest !== true)
        .map(({ summary }) => summary);
    expect(told('c2')).toEqual([]);
    expect(told('c3', 'docker.io/evil/postgres')).toEqual([
      'host anchor ran lima/db (evil/postgres), which it never did before',
    ]);
  });

  it('gives the host no image versions', () => {
    const play = createPlay({ baselines: options });
    play.batch([made('c1', 1)]);
    const versions = (of: string) =>
      describeBaselines(play.state).flatMap(({ feature, versions: all }) => (feature === of ? [all.length] : []));
    expect([versions('host-workloads'), versions('configuration')]).toEqual([[0], [1]]);
  });

  it('teaches nothing for now where its lineage is in trouble', () => {
    const play = createPlay({
      baselines: { ...options, minimumHours: 1, minimumObservations: 5, newProbability: 0.5 },
    });
    const states = () =>
      describeBaselines(play.state)
        .filter(({ workload }) => workload.id === hostWorkload(host).id)
        .flatMap(({ items }) => items.map(({ text, as }) => `${text} ${as}`));
    play.batch([made('evil', 1, { repository: 'docker.io/evil/miner' }), made('c1', 1)]);
    expect(states()).toEqual(['evil/miner learned', 'nginx learned']);
    play.batch([exec('evil', 2, ['sh'], { privileged: true, repository: 'docker.io/evil/miner' })]);
    // Of its own alone.
    expect(states()).toEqual(['evil/miner held', 'nginx learned']);
  });
});

/** Names without digits, of which each is another one. */
const word = (run: number): string => Array.from(String(run), (digit) => 'abcdefghij'[Number(digit)]).join('');

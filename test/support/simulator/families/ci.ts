import type { Chance } from '../chance.ts';
import { mebibyte } from '../load.ts';
import type { Program } from '../programs.ts';
import type { Destination } from '../sensors.ts';
import { hourOf, isOfficeTime, minuteMs, secondMs, weekdayOf } from '../times.ts';
import type { Activity, Family, World } from '../world.ts';
import { atTimes, lookedAfter, polls, startsWith } from './activities.ts';
import { jobStarts, jobsLoad } from './jobs.ts';
import { standing } from './lives.ts';
import { rotating } from './places.ts';

const spec = {
  project: 'ci',
  service: 'runner',
  image: 'gitlab/gitlab-runner',
  command: ['gitlab-runner', 'run'],
  cpus: 4,
  memoryBytes: 8_192 * mebibyte,
  pids: 2_000,
  mounts: { '/builds': '/srv/ci/builds' },
} as const;

const runner: Program = { executable: '/usr/bin/gitlab-runner', args: ['gitlab-runner', 'run'] };
const jobs = {
  name: 'builds',
  perHour: 7,
  minutes: [2, 12] as const,
  when: (at: number) => (isOfficeTime(at) ? 1 : weekdayOf(at) < 5 && hourOf(at) > 7 ? 0.15 : 0.02),
};

const tools = ['git', 'node', 'npm', 'tsc', 'python3', 'pytest', 'gcc', 'cc1', 'ld', 'make', 'go', 'tar', 'gzip'];
const builtTests = 60;

/** Tools of the image, and now and then a program that the build itself has made. */
function toolOf(chance: Chance): Program {
  const id = chance.whole(1_000, 9_999);
  const parent = '/bin/bash';
  if (chance.is(0.06)) {
    const path = `/builds/group-${chance.whole(1, 8)}/app/bin/test-${chance.whole(1, builtTests)}`;
    return { executable: path, args: [path, '--seed', String(id)], parent, layer: 'volume' };
  }
  const tool = tools[Math.floor(chance.next() ** 1.5 * tools.length)] ?? 'git';
  return {
    executable: `/usr/bin/${tool}`,
    args: [tool, `/builds/group-${chance.whole(1, 8)}/app`, `--job=${id}`],
    parent,
  };
}

/** Registries of packages behind networks of others, and a long tail of places that some build needs. */
function placeOf(world: World, at: number, chance: Chance): Destination {
  const place = chance.next();
  if (place < 0.5)
    return {
      ip: rotating(world, { name: 'npm', networks: ['104.16', '104.17'], addresses: 24 }, { at, chance }),
      port: 443,
    };
  if (place < 0.8) return { ip: `140.82.121.${chance.whole(3, 10)}`, port: chance.is(0.3) ? 22 : 443 };
  if (place < 0.96) return { ip: `151.101.${chance.pick([0, 64, 128, 192])}.223`, port: 443 };
  const rare = chance.whole(1, 220);
  return { ip: `185.${rare}.${(rare * 7) % 250}.${(rare * 13) % 250}`, port: chance.is(0.9) ? 443 : 80 };
}

const builds: Activity = (running) => {
  const { tell, world } = running;
  const chance = running.chance('build');
  return atTimes(jobStarts(running, jobs), (at) =>
    Array.from({ length: chance.whole(4, 9) }, (_, index) => {
      const time = at + Math.trunc(index * 9 * secondMs);
      return chance.is(0.35)
        ? tell.egress(time, placeOf(world, at, chance), {
            ...runner,
            executable: '/usr/bin/node',
            parent: '/bin/bash',
          })
        : tell.process(time, toolOf(chance));
    }),
  );
};

/** Builds what people push: hardly ever twice the same, and with all the CPU there is. */
export const ci: Family = {
  name: 'ci',
  workloads: (world) => [
    {
      spec,
      lives: standing(world, spec, 1),
      activities: [
        startsWith({ programs: [runner], ports: [] }),
        polls({ ms: 3 * minuteMs, by: runner, to: { ip: '198.51.100.77', port: 443 } }),
        builds,
        lookedAfter(1, [['bash'], ['gitlab-runner', 'verify'], ['df', '-h'], ['rm', '-rf', '/builds/group-NUMBER']]),
      ],
      load: (running) =>
        jobsLoad(running, jobs, {
          idle: { cpu: 0.5, memory: 70 * mebibyte, pids: 12, tx: 700, rx: 900, read: 100, write: 200 },
          each: { cpu: 70, memory: 2_200 * mebibyte, pids: 60, tx: 200_000, rx: 4_000_000, read: 2e6, write: 5e6 },
        }),
    },
  ],
};

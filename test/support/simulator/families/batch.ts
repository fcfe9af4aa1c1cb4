import { mebibyte } from '../load.ts';
import type { Program } from '../programs.ts';
import { hourMs, secondMs } from '../times.ts';
import type { Activity, Family, World } from '../world.ts';
import { atTimes, calls, isCalled, isChecked, lookedAfter, startsWith } from './activities.ts';
import { busyLoad } from './busy-load.ts';
import { jobStarts, jobsLoad } from './jobs.ts';
import { standing } from './lives.ts';
import { proxy, queueOf, rotating } from './places.ts';
import { queueSpec } from './specs.ts';

const spec = {
  project: 'media',
  service: 'worker',
  image: 'registry.example.com/media/worker',
  command: ['celery', '-A', 'media', 'worker'],
  user: '1000',
  cpus: 2,
  memoryBytes: 2_048 * mebibyte,
  ports: {},
} as const;

const celery: Program = {
  executable: '/usr/local/bin/python3.12',
  args: ['/usr/local/bin/python3.12', '/usr/local/bin/celery', '-A', 'media', 'worker'],
  uid: 1000,
};
const child: Program = { ...celery, parent: celery.executable };
const jobs = { name: 'jobs', perHour: 3, minutes: [3, 18] as const };

/** Object storage of a cloud: hundreds of addresses behind one name, which no sensor knows. */
const storage = (world: World, at: number, chance: Parameters<typeof rotating>[2]['chance']) => ({
  ip: rotating(world, { name: 'storage', networks: ['52.216', '52.217', '54.231'], addresses: 300 }, { at, chance }),
  port: 443,
});

/** Each job fetches a film, has it encoded, and puts the result away. */
const work: Activity = (running) => {
  const { tell, world } = running;
  const chance = running.chance('work');
  return atTimes(jobStarts(running, jobs), (at) => {
    const id = String(chance.whole(100_000, 999_999));
    const encoder = chance.pick(['ffmpeg', 'ffmpeg', 'ffmpeg', 'ffprobe']);
    const program: Program = {
      executable: `/usr/bin/${encoder}`,
      args: [encoder, '-i', `/tmp/in-${id}.mp4`, '-c:v', 'libx264', `/tmp/out-${id}.mp4`],
      uid: 1000,
      parent: celery.executable,
    };
    return [
      tell.egress(at, queueOf(world), child),
      tell.egress(at + secondMs, storage(world, at, chance), child),
      tell.process(at + 20 * secondMs, program),
      tell.egress(at + 120 * secondMs, storage(world, at, chance), child),
    ];
  });
};

const queue: Program = { executable: '/usr/local/bin/redis-server', args: ['redis-server *:6379'], uid: 999 };

/** Two workers that take jobs as they come, day and night, each with all the CPU it gets; and their queue. */
export const batch: Family = {
  name: 'batch',
  workloads: (world) => [
    {
      spec,
      lives: standing(world, spec, 2),
      activities: [
        startsWith({ programs: [celery, child, child], ports: [], calls: [queueOf(world)] }),
        work,
        lookedAfter(0.7, [['sh'], ['celery', '-A', 'media', 'inspect', 'active'], ['ls', '/tmp']]),
      ],
      load: (running) =>
        jobsLoad(running, jobs, {
          idle: { cpu: 1, memory: 260 * mebibyte, pids: 9, tx: 900, rx: 900, read: 100, write: 300 },
          each: { cpu: 78, memory: 700 * mebibyte, pids: 8, tx: 900_000, rx: 1_600_000, read: 100_000, write: 900_000 },
        }),
    },
    {
      spec: queueSpec,
      lives: standing(world, queueSpec, 1),
      activities: [
        startsWith({ programs: [queue], ports: [6379] }),
        isChecked,
        isCalled(20, 6379, proxy),
        calls({
          name: 'time',
          perHour: 0.5,
          by: queue,
          when: () => 1,
          to: (_at, { pick }) => ({ ip: pick(['192.0.2.10', '192.0.2.11']), port: 123, transport: 'udp' }),
        }),
        lookedAfter(0.5, [
          ['redis-cli', 'info'],
          ['redis-cli', 'monitor'],
          ['redis-cli', 'llen', 'jobs'],
        ]),
      ],
      load: (running) =>
        busyLoad(running, {
          idle: { cpu: 1, memory: 60 * mebibyte, pids: 5, tx: 3_000, rx: 3_000, read: 0, write: 1_000 },
          busy: { cpu: 6, memory: 30 * mebibyte, pids: 0, tx: 60_000, rx: 60_000, read: 0, write: 6_000 },
          collectsMs: 8 * hourMs,
        }),
    },
  ],
};

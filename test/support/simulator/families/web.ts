import { mebibyte } from '../load.ts';
import type { Program } from '../programs.ts';
import { byItself, hourMs } from '../times.ts';
import type { Family } from '../world.ts';
import { atTimes, calls, isCalled, isChecked, lookedAfter, startsWith } from './activities.ts';
import { busyLoad } from './busy-load.ts';
import { standing } from './lives.ts';
import { databaseOf, mailer, payments, proxy, queueOf } from './places.ts';

const spec = {
  project: 'shop',
  service: 'web',
  image: 'registry.example.com/shop/web',
  command: ['node', 'server.js'],
  user: '1000',
  cpus: 2,
  memoryBytes: 768 * mebibyte,
  healthcheck: ['curl', '-fsS', 'http://localhost:8080/health'],
  ports: { '8080/tcp': undefined },
} as const;

const server: Program = { executable: '/usr/local/bin/node', args: ['node', 'server.js'], uid: 1000 };
const worker: Program = { ...server, args: ['node', 'worker.js'], parent: server.executable };
const resizer: Program = {
  executable: '/usr/bin/convert',
  args: ['convert', '-resize', '800x', '/data/in.jpg', '/data/out.webp'],
  uid: 1000,
  parent: server.executable,
};

const commands = [
  ['sh'],
  ['ps', 'aux'],
  ['node', '-e', 'console.log(process.memoryUsage())'],
  ['tail', '-n', '200', '/var/log/app.log'],
  ['env'],
  ['node', 'scripts/reindex.js', '--order', 'NUMBER'],
  ['curl', '-s', 'http://localhost:8080/metrics'],
  ['ls', '-la', '/data'],
] as const;

/** Two replicas that serve people: busy by day, half as busy at weekends, once in a while with a crowd. */
export const web: Family = {
  name: 'web',
  workloads: (world) => [
    {
      spec,
      lives: standing(world, spec, 2),
      activities: [
        startsWith({ programs: [server, worker, worker], ports: [8080], calls: [databaseOf(world), queueOf(world)] }),
        isChecked,
        calls({ name: 'database', perHour: 8, by: server, to: () => databaseOf(world) }),
        calls({ name: 'queue', perHour: 4, by: server, to: () => queueOf(world) }),
        calls({ name: 'payments', perHour: 15, by: server, to: (_at, chance) => payments(chance) }),
        calls({ name: 'mail', perHour: 2, by: worker, to: (_at, chance) => mailer(chance) }),
        isCalled(30, 8080, proxy),
        (running) =>
          atTimes(byItself(0.3, running, running.chance('resize')), (at) => [running.tell.process(at, resizer)]),
        lookedAfter(1.5, commands),
      ],
      load: (running) =>
        busyLoad(running, {
          idle: { cpu: 3, memory: 210 * mebibyte, pids: 14, tx: 8_000, rx: 6_000, read: 500, write: 2_000 },
          busy: { cpu: 42, memory: 160 * mebibyte, pids: 6, tx: 350_000, rx: 120_000, read: 4_000, write: 9_000 },
          collectsMs: 5 * hourMs,
        }),
    },
  ],
};

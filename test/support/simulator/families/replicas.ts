import { mebibyte } from '../load.ts';
import type { Program } from '../programs.ts';
import { hourMs } from '../times.ts';
import type { Family } from '../world.ts';
import { calls, isCalled, isChecked, lookedAfter, startsWith } from './activities.ts';
import { busyLoad } from './busy-load.ts';
import { autoscaled, replicasFor } from './lives.ts';
import { databaseOf, proxy, queueOf } from './places.ts';

const spec = {
  project: 'shop',
  service: 'api',
  image: 'registry.example.com/shop/api',
  command: ['/app/api', '--listen', ':9000'],
  user: '65532',
  cpus: 1,
  memoryBytes: 256 * mebibyte,
  healthcheck: ['/app/api', 'health'],
  ports: { '9000/tcp': undefined },
} as const;

const api: Program = { executable: '/app/api', args: ['/app/api', '--listen', ':9000'], uid: 65_532 };
const settings = { ip: '198.51.100.90', port: 8200 };
const range = { least: 2, most: 8 };

/** Two replicas by night, up to eight by day: each as busy as the others, and new every few hours. */
export const replicas: Family = {
  name: 'replicas',
  workloads: (world) => [
    {
      spec,
      lives: autoscaled(world, spec, range),
      activities: [
        startsWith({ programs: [api], ports: [9000], calls: [settings, databaseOf(world), queueOf(world)] }),
        isChecked,
        calls({ name: 'database', perHour: 6, by: api, to: () => databaseOf(world) }),
        calls({ name: 'queue', perHour: 3, by: api, to: () => queueOf(world) }),
        calls({
          name: 'search',
          perHour: 10,
          by: api,
          to: (_at, { pick }) => ({ ip: pick(['192.0.2.80', '192.0.2.81', '192.0.2.82']), port: 9200 }),
        }),
        isCalled(20, 9000, proxy),
        lookedAfter(0.3, [
          ['/app/api', 'dump'],
          ['/app/api', 'version'],
        ]),
      ],
      load: (running) =>
        busyLoad(running, {
          idle: { cpu: 2, memory: 60 * mebibyte, pids: 9, tx: 3_000, rx: 2_500, read: 0, write: 500 },
          busy: { cpu: 45, memory: 60 * mebibyte, pids: 4, tx: 180_000, rx: 80_000, read: 0, write: 1_000 },
          collectsMs: 2 * hourMs,
          // What all have to do is shared by as many as there are.
          share: (at) =>
            Math.min(1.3, replicasFor(at, range.most) / Math.max(range.least, replicasFor(at, range.most))),
        }),
    },
  ],
};

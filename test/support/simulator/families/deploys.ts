import { mebibyte } from '../load.ts';
import type { Program } from '../programs.ts';
import { byItself, hourMs } from '../times.ts';
import type { Activity, Family, Running } from '../world.ts';
import { atTimes, calls, isCalled, isChecked, lookedAfter, startsWith } from './activities.ts';
import { busyLoad } from './busy-load.ts';
import { deployed } from './lives.ts';
import { databaseOf, payments, proxy } from './places.ts';

const spec = {
  project: 'shop',
  service: 'checkout',
  image: 'registry.example.com/shop/checkout',
  command: ['java', '-jar', '/app/checkout.jar'],
  user: '1000',
  cpus: 2,
  memoryBytes: 1_536 * mebibyte,
  healthcheck: ['curl', '-fsS', 'http://localhost:8081/ready'],
  ports: { '8081/tcp': undefined },
} as const;

const java: Program = { executable: '/usr/lib/jvm/bin/java', args: ['java', '-jar', '/app/checkout.jar'], uid: 1000 };

/** What a version brought: it stays in those after it. */
const brings = ({ world, box }: Running, what: string, probability: number): readonly number[] =>
  Array.from({ length: box.life.version }, (_, index) => index + 1).filter(
    (version) => version > 1 && world.chance('checkout brings', what, version).is(probability),
  );

/** Two of five versions call a place that none before called. */
const newPlaces: Activity = (running) => {
  const versions = brings(running, 'place', 0.4);
  const chance = running.chance('new place');
  return atTimes(byItself(4, running, running.chance('new places')), (at) =>
    versions.length === 0
      ? []
      : [
          running.tell.egress(
            at,
            { ip: `198.51.100.${100 + (versions[chance.whole(0, versions.length - 1)] ?? 0)}`, port: 443 },
            java,
          ),
        ],
  );
};

/** One of four has a program that none before had. */
const newPrograms: Activity = (running) =>
  atTimes(byItself(0.5, running, running.chance('new programs')), (at) =>
    brings(running, 'program', 0.25)
      .slice(-1)
      .map((version) =>
        running.tell.process(at, { executable: `/app/tools/report-${version}`, uid: 1000, parent: java.executable }),
      ),
  );

/** A service of which each Tuesday a new version is brought out: another image, and sometimes another behaviour. */
export const deploys: Family = {
  name: 'deploys',
  workloads: (world) => [
    {
      spec,
      lives: deployed(world, spec, { replicas: 2, weeks: 1 }),
      activities: [
        startsWith({
          programs: [java],
          ports: [8081],
          calls: [databaseOf(world), { ip: '198.51.100.90', port: 8200 }],
        }),
        isChecked,
        calls({ name: 'database', perHour: 6, by: java, to: () => databaseOf(world) }),
        calls({ name: 'payments', perHour: 10, by: java, to: (_at, chance) => payments(chance) }),
        isCalled(15, 8081, proxy),
        newPlaces,
        newPrograms,
        lookedAfter(1, [['sh'], ['jcmd', '1', 'Thread.print'], ['jcmd', '1', 'GC.heap_info'], ['ps', 'aux']]),
      ],
      load: (running) => {
        const { version } = running.box.life;
        const grown = world.chance('checkout needs', version).between(0.85, 1.2);
        return busyLoad(running, {
          idle: { cpu: 3, memory: 620 * mebibyte * grown, pids: 38, tx: 4_000, rx: 4_000, read: 100, write: 3_000 },
          busy: { cpu: 30 * grown, memory: 200 * mebibyte, pids: 10, tx: 120_000, rx: 60_000, read: 100, write: 9_000 },
          collectsMs: 2 * hourMs,
        });
      },
    },
  ],
};

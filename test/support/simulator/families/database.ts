import { mebibyte } from '../load.ts';
import type { Program } from '../programs.ts';
import { byItself, daily, hourMs, hourOf, minuteMs, secondMs } from '../times.ts';
import type { Activity, Family, Running } from '../world.ts';
import { atTimes, calls, isCalled, isChecked, lookedAfter, startsWith } from './activities.ts';
import { busyLoad } from './busy-load.ts';
import { standing } from './lives.ts';
import { backupPlace, proxy } from './places.ts';
import { databaseSpec } from './specs.ts';

const uid = 999;
const postgres: Program = { executable: '/usr/lib/postgresql/16/bin/postgres', args: ['postgres'], uid };
const children = ['checkpointer', 'background writer', 'walwriter', 'autovacuum launcher'].map(
  (role): Program => ({ ...postgres, args: [`postgres: ${role}`], parent: postgres.executable }),
);
const shipper: Program = {
  executable: '/usr/local/bin/wal-g',
  args: ['wal-g', 'wal-push', '/var/lib/postgresql/data/pg_wal'],
  uid,
  parent: postgres.executable,
};

const commands = [
  ['psql', '-U', 'postgres'],
  ['psql', '-U', 'postgres', '-c', 'select * from pg_stat_activity'],
  ['psql', '-U', 'postgres', '-c', 'select count(*) from orders where id > NUMBER'],
  ['psql', '-U', 'postgres', '-c', 'explain analyze select * from carts where id = NUMBER'],
  ['bash'],
  ['du', '-sh', '/var/lib/postgresql/data'],
] as const;

const dumpHour = 2;
/** The dump takes three quarters of an hour. */
const isDumping = (at: number): boolean => hourOf(at) >= dumpHour && hourOf(at) < dumpHour + 0.75;

/** One process for each connection of a client. */
const backends: Activity = (running) => {
  const chance = running.chance('backend');
  return atTimes(byItself(3, running, running.chance('backends')), (at) => {
    const args = [`postgres: app shop 172.20.${chance.whole(1, 250)}.11(${chance.whole(32_768, 60_000)}) idle`];
    return [running.tell.process(at, { ...postgres, args, parent: postgres.executable })];
  });
};

/** Each night a dump by exec, from the host's crontab, that is sent away; on Sundays tables are cleaned. */
const nightly: Activity = (running) =>
  atTimes(daily(dumpHour, running, running.chance('dump')), (at) => {
    const file = `/backup/shop-${new Date(at).toISOString().slice(0, 10)}.dump`;
    const dump: Program = {
      executable: '/usr/lib/postgresql/16/bin/pg_dump',
      args: ['pg_dump', '-U', 'postgres', '-Fc', '-f', file, 'shop'],
      parent: '/usr/bin/containerd-shim-runc-v2',
      byExec: true,
    };
    const [create, start, die] = running.tell.exec(at, ['pg_dump', '-U', 'postgres', '-Fc', '-f', file, 'shop'], {
      takes: 45 * minuteMs,
    });
    const seen = running.tell.process(at + 900, dump);
    const sent = running.tell.egress(at + 45 * minuteMs - 30 * secondMs, backupPlace, shipper);
    return [create, start, seen, sent, die].filter((one) => one !== undefined);
  });

const weekly: Activity = (running) =>
  atTimes(daily(4, running, running.chance('vacuum'), 6), (at) =>
    running.tell.exec(at, ['vacuumdb', '-U', 'postgres', '--all', '--analyze'], { takes: 20 * minuteMs }),
  );

function load(running: Running) {
  const people = busyLoad(running, {
    idle: { cpu: 2, memory: 1_400 * mebibyte, pids: 12, tx: 5_000, rx: 4_000, read: 20_000, write: 30_000 },
    busy: { cpu: 25, memory: 300 * mebibyte, pids: 22, tx: 260_000, rx: 90_000, read: 200_000, write: 300_000 },
    collectsMs: 30 * hourMs,
  });
  return (at: number) => {
    const now = people(at);
    return isDumping(at)
      ? { ...now, cpu: now.cpu + 22, tx: now.tx + 1_500_000, read: now.read + 8_000_000, write: now.write + 4_000_000 }
      : now;
  };
}

/** One container that is never replaced; the night's dump is its busiest time. */
export const database: Family = {
  name: 'database',
  workloads: (world) => [
    {
      spec: databaseSpec,
      lives: standing(world, databaseSpec, 1),
      activities: [
        startsWith({ programs: [postgres, ...children], ports: [5432] }),
        isChecked,
        calls({ name: 'archive', perHour: 12, by: shipper, when: () => 1, to: () => backupPlace }),
        isCalled(25, 5432, proxy),
        backends,
        nightly,
        weekly,
        lookedAfter(5, commands),
      ],
      load,
    },
  ],
};

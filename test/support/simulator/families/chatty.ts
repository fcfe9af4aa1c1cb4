import { mebibyte } from '../load.ts';
import type { Program } from '../programs.ts';
import { hourMs, minuteMs } from '../times.ts';
import type { Family, Workload, World } from '../world.ts';
import { calls, lookedAfter, polls, startsWith } from './activities.ts';
import { busyLoad } from './busy-load.ts';
import { standing } from './lives.ts';
import { rotating } from './places.ts';

const specOf = (service: string) => ({
  project: 'feeds',
  service,
  image: `registry.example.com/feeds/${service}`,
  command: ['python3', '-m', 'feeds'] as const,
  user: '1000',
  cpus: 1,
  memoryBytes: 512 * mebibyte,
});

const program: Program = { executable: '/usr/local/bin/python3.12', args: ['python3', '-m', 'feeds'], uid: 1000 };

const names = [
  'news.example.org',
  'cdn.example.net',
  'images.example.net',
  'feeds.example.com',
  'static.example.org',
  'api.weather.example',
  'rates.bank.example',
] as const;
const networks = ['151.101', '104.18', '172.67', '199.232'] as const;

function client(world: World, service: string, isNamed: boolean): Workload {
  const spec = specOf(service);
  return {
    spec,
    lives: standing(world, spec, 1),
    activities: [
      startsWith({ programs: [program], ports: [] }),
      calls({
        name: 'feeds',
        perHour: 60,
        by: program,
        when: (at) => 0.3 + 0.7 * Number(at % (24 * hourMs) > 6 * hourMs),
        to: (at, chance) => {
          const name = names[Math.floor(chance.next() ** 2 * names.length)] ?? names[0];
          const ip = rotating(world, { name, networks, addresses: 800 }, { at, chance });
          return isNamed ? { ip, port: 443, domain: name } : { ip, port: 443 };
        },
      }),
      polls({ ms: 5 * minuteMs, by: program, to: { ip: '198.51.100.90', port: 443 } }),
      lookedAfter(0.5, [['python3', '-m', 'feeds', 'status'], ['sh']]),
    ],
    load: (running) =>
      busyLoad(running, {
        idle: { cpu: 6, memory: 150 * mebibyte, pids: 7, tx: 4_000, rx: 60_000, read: 100, write: 20_000 },
        busy: { cpu: 6, memory: 20 * mebibyte, pids: 2, tx: 3_000, rx: 50_000, read: 100, write: 20_000 },
        collectsMs: 3 * hourMs,
      }),
  };
}

/** Clients that ask names of a CDN all day, whose addresses are others every six hours: one seen with the names, one with the addresses alone. */
export const chatty: Family = {
  name: 'chatty',
  workloads: (world) => [client(world, 'named', true), client(world, 'unnamed', false)],
};

import { type Excess, labels } from './stack.ts';

/** What a container uses for as long as it lives. */
interface Use {
  readonly mebibytes: number;
  readonly processes: number;
  /** KiB that it writes to its disk, twice a second. */
  readonly written: number;
}
/** KiB that one sends and receives, four times a second. */
interface Talk {
  readonly sent: number;
  readonly received: number;
}

/** Those of a workload take each other's place, in this order: one that uses more for hours, or a little more every few days. */
const uses = {
  keeper: [
    { mebibytes: 100, processes: 10, written: 100 },
    { mebibytes: 180, processes: 24, written: 250 },
  ],
  grower: [
    { mebibytes: 60, processes: 6, written: 100 },
    { mebibytes: 74, processes: 8, written: 128 },
    { mebibytes: 92, processes: 11, written: 162 },
    { mebibytes: 114, processes: 14, written: 202 },
  ],
} as const satisfies Record<string, readonly Use[]>;
const talks = {
  sender: [
    { sent: 2.5, received: 10 },
    { sent: 5, received: 22.5 },
  ],
  teller: [
    { sent: 2.5, received: 10 },
    { sent: 2.5, received: 12.5 },
    { sent: 2.5, received: 15.5 },
    { sent: 2.5, received: 19 },
  ],
} as const satisfies Record<string, readonly Talk[]>;

type Service = keyof typeof uses | keyof typeof talks;
const services = ['keeper', 'grower', 'sender', 'teller'] as const satisfies readonly Service[];
const shapes: Readonly<Record<Service, readonly unknown[]>> = { ...uses, ...talks };
/** Their containers, in the order of time. */
export const containersOf = (service: Service): readonly string[] =>
  shapes[service].map((_, nth) => `${service}-${nth + 1}`);

/** A pipe takes none of what is held. */
const use = (service: string, { mebibytes, processes, written }: Use, nth: number): string =>
  `docker run -d --name ${service}-${nth + 1} ${labels(service)} $N $B sh -c '
    dd if=/dev/zero bs=${mebibytes}M count=1 2>/dev/null | sleep 3600 &
    for n in $(seq ${processes}); do sleep 3600 & done
    while true; do dd if=/dev/zero of=/data bs=${written}k count=1 oflag=direct conv=notrunc 2>/dev/null; sleep 0.5; done'`;

/** Where they talk to, somebody is told first how much to answer. */
export const answering = `nc -ll -p 9002 -e sh -c "
  read -r size; exec 3<&0; cat <&3 >/dev/null &
  while dd if=/dev/zero bs=\\$size count=1 2>/dev/null; do sleep 0.25; done"`;
const bytes = (kibibytes: number): number => Math.round(kibibytes * 1_024);
const talk = (service: string, { sent, received }: Talk, nth: number, ip: string): string =>
  `docker run -d --name ${service}-${nth + 1} ${labels(service)} --network shop --ip ${ip} $B sh -c '
    { echo ${bytes(received)}; while dd if=/dev/zero bs=${bytes(sent)} count=1 2>/dev/null; do sleep 0.25; done; } | nc 172.30.9.20 9002 >/dev/null
    sleep 3600'`;

/** Makes all of them. */
export const loads: string = [
  ...Object.entries(uses).flatMap(([service, some]) => some.map((one, nth) => use(service, one, nth))),
  ...Object.entries(talks).flatMap(([service, some], index) =>
    some.map((one, nth) => talk(service, one, nth, `172.30.9.${40 + 10 * index + nth}`)),
  ),
].join('\n');

/** Takes them away: there is to be nothing but their past. */
export const withoutLoads = `docker rm -f ${services.flatMap(containersOf).join(' ')} >/dev/null 2>&1 || true`;

const said = {
  memory: ['used', ' of memory'],
  pids: ['ran', ' processes'],
  'block-io': ['read and wrote', '/s of its disks'],
  'network-out': ['sent', '/s'],
  'network-in': ['received', '/s'],
} as const;
type Level = keyof typeof said;
const ofUses: readonly Level[] = ['memory', 'pids', 'block-io'];
const shift = (service: Service, feature: Level): Excess => ({
  feature,
  summary: new RegExp(
    `shop/${service} ${said[feature].join('[^;]+')}, [\\d.]+ times its usual mean of these hours, for \\d+ h`,
  ),
});
const drift = (service: Service, feature: Level): Excess => ({
  feature,
  summary: new RegExp(
    `shop/${service} ${said[feature].join('[^;]+')} on average of a day; \\d+ days ago it was [^;]+, and it has risen steadily since`,
  ),
});

/** What the past itself exceeds, and no chart of readings would tell: a shift at its end, and a slow rise. */
export const longTerm: readonly Excess[] = [
  ...ofUses.flatMap((feature) => [shift('keeper', feature), drift('grower', feature)]),
  shift('sender', 'network-out'),
  shift('sender', 'network-in'),
  // What is sent and rises so fast that these days show it is a shift: a quarter is enough for that.
  drift('teller', 'network-in'),
];

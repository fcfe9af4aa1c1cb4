import type { Lab } from '../lab.ts';
import { answering, loads, withoutLoads } from './loads.ts';
import { burdenMate, mates, withoutMates } from './siblings.ts';
import { countDisks, type Excess, labels } from './stack.ts';

const on = (service: string): string =>
  `docker rm -f ${service} >/dev/null 2>&1; docker run -d --name ${service} ${labels(service)}`;

const idle = (service: string): string => `${on(service)} --network shop $B sleep 3600`;
const job = (code: number, seconds = 0): string =>
  `docker run --rm ${labels('job')} $N $B sh -c 'sleep ${seconds}; exit ${code}' || true`;
/** Whom they talk to: it takes what it is sent at one port, and sends at another. */
const depot = `${on('depot')} --network shop --ip 172.30.9.20 $B sh -c '
  nc -ll -p 9000 -e sh -c "cat >/dev/null" &
  ${answering} &
  nc -ll -p 9001 -e sh -c "while dd if=/dev/zero bs=64k count=96 2>/dev/null; do sleep 1; done"'`;

/** Takes away what nothing is to be left of but its past. */
export const endOfPast = `${withoutLoads}\n${withoutMates}`;

/** An ordinary day of them. They stay. */
export async function liveADay(lab: Lab): Promise<void> {
  await lab.sh(`${countDisks}\n${endOfPast}\n${depot}\n${mates}\n${loads}`);
  for (const service of ['miner', 'mover', 'worker']) await lab.sh(idle(service));
  // Of one that is gone before it is looked at nobody knows whose it was.
  for (const code of [0, 1]) await lab.sh(job(code, 2));
  await lab.sh('docker exec worker true; docker exec -i worker true </dev/null');
  await lab.sh(`docker exec worker sh -c 'sleep 5 | nc 172.30.9.20 9000'`);
  await lab.sh(burdenMate);
}

/** What the past teaches, as `baselines list` names it. */
export const learnedNumbers: readonly string[] = [
  ...['cpu', 'memory', 'pids'].map((feature) => `shop/miner ${feature}`),
  ...['network-in', 'network-out', 'block-io'].map((feature) => `shop/mover ${feature}`),
  ...['execs', 'connections', 'new-destinations', 'exec-hours', 'interactive-exec-hours'].map(
    (feature) => `shop/worker ${feature}`,
  ),
  ...['starts', 'exits', 'failures', 'exit-codes'].map((feature) => `shop/job ${feature}`),
];

/** Begins with what goes on: a miner that computes, holds memory and forks, and a mover that sends, receives and writes. A chart takes five minutes of it. */
export async function burden(lab: Lab): Promise<void> {
  await lab.sh(`${on('miner')} $N --cpus 0.2 $B sh -c '
    dd if=/dev/zero bs=500M count=1 2>/dev/null | sleep 3600 &
    for n in $(seq 100); do sleep 3600 & done
    while true; do true; done'`);
  await lab.sh(`${on('mover')} --network shop $B sh -c '
    while true; do dd if=/dev/zero bs=64k count=96 2>/dev/null; sleep 1; done | nc 172.30.9.20 9000 &
    while true; do dd if=/dev/zero of=/data bs=16M count=1 oflag=direct conv=notrunc 2>/dev/null; sleep 1; done &
    sleep 3600 | nc 172.30.9.20 9001 >/dev/null'`);
}

/** What five minutes of the burden exceed. */
export const levels: readonly Excess[] = [
  { feature: 'cpu', summary: /shop\/miner used .+ of its CPU for \d+ min/ },
  { feature: 'memory', summary: /shop\/miner used .+ of memory for \d+ min/ },
  { feature: 'pids', summary: /shop\/miner ran .+ for \d+ min/ },
  { feature: 'network-out', summary: /shop\/mover sent .+\/s for \d+ min/ },
  { feature: 'network-in', summary: /shop\/mover received .+\/s for \d+ min/ },
  { feature: 'block-io', summary: /shop\/mover read and wrote .+\/s of its disks for \d+ min/ },
];

/** Nobody is there, so an attempt lasts three seconds. */
const connect = `docker exec worker sh -c 'for n in $(seq 101 114); do nc -w 4 172.30.9.$n 80 </dev/null & done; wait; true'`;
const fourJobs = Array.from({ length: 4 }, () => job(42)).join('; ');

export const happenings: readonly Excess[] = [
  {
    feature: 'interactive-exec-hours',
    script: 'docker exec -i worker true </dev/null',
    summary: /shop\/worker had an interactive exec on \w{3} \d\d:00 UTC, an hour in which it never had one/,
  },
  {
    feature: 'exec-hours',
    script: 'docker exec worker true',
    summary: /shop\/worker had a command run in it by exec on \w{3} \d\d:00 UTC, an hour in which it never had one/,
  },
  {
    feature: 'execs',
    script: 'for n in 1 2 3 4 5; do docker exec worker true; done',
    summary: /shop\/worker had \d+ commands run in it by exec in \d+ min; /,
  },
  {
    feature: 'exit-codes',
    script: job(42),
    summary: /shop\/job ended with exit code 42, as it never did before/,
  },
  ...(['starts', 'exits', 'failures'] as const).map((feature) => ({
    feature,
    script: fourJobs,
    summary: new RegExp(
      `shop/job had \\d+ ${{ starts: 'starts of containers', exits: 'containers end', failures: 'containers end with an error' }[feature]} in \\d+ min; `,
    ),
  })),
  {
    feature: 'new-destinations',
    script: connect,
    summary: /shop\/worker connected to \d+ destinations for the first time in /,
  },
  { feature: 'connections', script: connect, summary: /shop\/worker made \d+ connections in \d+ min; / },
];

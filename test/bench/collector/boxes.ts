import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What a sweep takes for a container: processes in a cgroup of their own that bears an id, with mounts of their own. */
export interface Box {
  readonly id: string;
  /** Of its first process. */
  readonly pid: number;
}

export interface Boxes {
  readonly boxes: readonly Box[];
  /** Ends all processes and removes the cgroups. */
  remove(): Promise<void>;
}

const cgroupfs = '/sys/fs/cgroup';

/** Version 1 has one tree for each controller. */
const tree = existsSync(join(cgroupfs, 'pids')) ? join(cgroupfs, 'pids') : cgroupfs;

/** `processes` in each box, the first of them the parent of the others; all of them sleep. Needs root. */
export async function createBoxes(count: number, processes: number): Promise<Boxes> {
  const parent = join(tree, `moorwatch-bench-${process.pid}`);
  mkdirSync(parent);
  const places: string[] = [];
  const boxes = Array.from({ length: count }, (_, index): Box => {
    const id = index.toString(16).padStart(64, '0');
    const place = join(parent, id);
    mkdirSync(place);
    places.push(place);
    const script = `${'sleep 3600 & '.repeat(processes - 1)}${processes > 1 ? 'wait' : 'exec sleep 3600'}`;
    const child = spawn('unshare', ['-m', 'sh', '-c', `read go; ${script}`], { stdio: ['pipe', 'ignore', 'ignore'] });
    writeFileSync(join(place, 'cgroup.procs'), String(child.pid));
    child.stdin.end('go\n');
    return { id, pid: child.pid ?? 0 };
  });
  await delay(2_000);
  return {
    boxes,
    remove: async () => {
      for (const place of places) for (const pid of pidsIn(place)) process.kill(pid, 'SIGKILL');
      await delay(500);
      for (const place of [...places, parent]) rmdirSync(place);
    },
  };
}

const pidsIn = (place: string): readonly number[] =>
  readFileSync(join(place, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);

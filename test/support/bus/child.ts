import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What another process does on a log file (see worker.ts). */
export interface WorkerOrder {
  readonly path: string;
  readonly does: 'count' | 'append';
  readonly leaseMs: number;
  readonly partitions: number;
  readonly name?: string;
  readonly records?: number;
}

export interface Child {
  /** Resolves when it has printed so many lines like this. */
  said(pattern: RegExp, count?: number): Promise<void>;
  readonly lines: readonly string[];
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
  readonly exited: Promise<unknown>;
}

const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** Another process on the log. */
export const spawnWorker = (order: WorkerOrder): Child => spawnScript(worker, order);

/** Another process: a script in TypeScript, told by its only argument what to do. */
export function spawnScript(script: string, order: object): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const looks = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    for (const look of looks) look();
  });
  const exited = once(child, 'exit');
  return {
    lines,
    exited,
    said: (pattern, count = 1) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (lines.filter((line) => pattern.test(line)).length < count) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        void exited.then(() => reject(new Error(`the worker ended before it said ${pattern}`)));
        look();
      }),
    signal: (name) => void child.kill(name),
  };
}

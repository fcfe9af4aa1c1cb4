import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FromMonitor } from './messages.ts';
import type { Child } from './supervise.ts';

/** Forks this program as `moorwatch monitor`. It writes to our stderr; its stdout is not ours to share. */
export function forkMonitor(): Child {
  const child = fork(entry(), ['monitor'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], serialization: 'json' });
  // A send that loses the race with the child's end is no event of its own: the exit is.
  child.on('error', () => undefined);
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
    // Only our own program is at the other end.
    onMessage: (listener) => void child.on('message', (message) => listener(message as FromMonitor)),
    onExit: (listener) =>
      void child.once('exit', (code, signal) => listener(signal === null ? `code ${code ?? 'unknown'}` : signal)),
    kill: (signal) => void child.kill(signal),
  };
}

/** The program's own entry: main.js when built, main.ts under a loader. */
function entry(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../main.${extension}`, import.meta.url));
}

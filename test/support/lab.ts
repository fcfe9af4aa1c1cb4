import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isAgain } from './again.ts';

const run = promisify(execFile);
const scripts = join(import.meta.dirname, 'engine');

/** Where a test is tried again, the names of its containers are taken by those of its first try. */
const freeNames = `docker() {
  case $1 in run | create)
    previous=
    for argument; do
      [ "$previous" = --name ] && command docker rm -fv "$argument" >/dev/null 2>&1
      previous=$argument
    done ;;
  esac
  command docker "$@"
}
`;

/** A Docker engine of the test's own (test/support/engine): no network but its own loopback, deleted at the end. */
export interface Lab {
  /** DOCKER_HOST of it. */
  readonly host: string;
  readonly socket: string;
  readonly dir: string;
  /** Runs a shell script line against it; returns what it printed. Rejects when it fails. */
  sh(script: string): Promise<string>;
  /** Stops the daemon (and with it its containers), keeping its data. */
  halt(): void;
  /** Starts it again after halt. */
  start(): void;
  /** Removes all containers, volumes and networks that tests made. */
  clean(): Promise<void>;
  stop(): void;
}

export function startLab(): Lab {
  const dir = mkdtempSync(join(tmpdir(), 'moorwatch-lab-'));
  const start = () => void execFileSync(join(scripts, 'start.sh'), [dir], { stdio: ['ignore', 'ignore', 'inherit'] });
  start();
  const socket = join(dir, 'run/docker.sock');
  const host = `unix://${socket}`;
  const sh = async (script: string): Promise<string> => {
    const env = { ...process.env, DOCKER_HOST: host, S: socket, N: '--network none', B: 'lab/bb:1', P: '--privileged' };
    return (await run('sh', ['-c', isAgain() ? freeNames + script : script], { env, maxBuffer: 16 * 1024 * 1024 }))
      .stdout;
  };
  return {
    host,
    socket,
    dir,
    sh,
    halt: () => {
      const script =
        'pid=$(cat "$1/run/docker.pid"); kill "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done';
      execFileSync('sh', ['-c', script, 'sh', dir]);
    },
    start,
    clean: async () => {
      await sh(`docker rm -fv $(docker ps -aq) >/dev/null 2>&1
        docker network prune -f >/dev/null 2>&1
        docker volume rm $(docker volume ls -q) >/dev/null 2>&1
        true`);
    },
    stop: () => void execFileSync(join(scripts, 'stop.sh'), [dir], { stdio: ['ignore', 'ignore', 'inherit'] }),
  };
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { escapeControl } from '../../shared/escape.ts';
import { pieceBytes } from './dns-script.ts';

/** A script that runs. It holds up nobody's end: when its reader is gone, its next line ends it. */
export interface RunningScript {
  /** Resolves with undefined once it has printed `ready`, else with what kept it from that. */
  readonly ready: Promise<string | undefined>;
  /** `line`: each line behind `ready`. `ended`: it ended by itself, once. */
  follow(line: (text: string) => void, ended: (why: string) => void): void;
  stop(): void;
  /** undefined: it could not be started. */
  readonly pid: number | undefined;
}

/** Loading takes a second of processor time, and many on a machine that has none to spare. */
const readyMs = 120_000;
const longestWords = 400;

/** Starts a program of bpftrace's language. `program`: path of bpftrace. */
export function startScript(program: string, script: string): RunningScript {
  // In a session of its own: what a terminal sends to the collector is not for it.
  const child = spawn(program, ['-q', '-B', 'line', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { BPFTRACE_STRLEN: String(pieceBytes), BPFTRACE_MAX_STRLEN: String(pieceBytes) },
  });
  for (const handle of [child, child.stdout, child.stderr]) letGo(handle);
  // While it loads it prints nothing that could end it.
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('close', () => process.off('exit', end));
  const words = lastWords(child);
  const told = { line: (_text: string): void => undefined, ended: (_why: string): void => undefined };
  let over: string | undefined;
  const ready = new Promise<string | undefined>((resolve) => {
    const late = setTimeout(() => {
      end();
      resolve(`bpftrace was not ready within ${readyMs / 1_000} s`);
    }, readyMs);
    late.unref();
    const ended = (why: string): void => {
      if (over !== undefined) return;
      over = why;
      clearTimeout(late);
      resolve(why);
      told.ended(why);
    };
    child.once('error', (error) => ended(`bpftrace cannot be started: ${error.message}`));
    child.once('close', (code, signal) => ended(`bpftrace ended (${signal ?? `exit code ${code}`})${words()}`));
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line !== 'ready') return told.line(line);
      clearTimeout(late);
      resolve(undefined);
    });
  });
  return {
    ready,
    pid: child.pid,
    follow: (line, ended) => {
      told.line = line;
      told.ended = ended;
      if (over !== undefined) ended(over);
    },
    stop: () => {
      told.line = () => undefined;
      told.ended = () => undefined;
      // The kernel takes out its probes when its descriptors are closed, however it ended.
      end();
    },
  };
}

/** Nobody's end waits for it; the types of streams do not say that those of a child are sockets. */
const letGo = (handle: object & { unref?(): void }): void => handle.unref?.();

/** What it said on standard error, but for what it says always where memory may not be locked. */
function lastWords({ stderr }: ChildProcess): () => string {
  let said = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-4_096);
  });
  return () => {
    const lines = said.split('\n').filter((line) => line.trim() !== '' && !line.includes('RLIMIT_MEMLOCK'));
    return lines.length === 0 ? '' : `: ${escapeControl(lines.join(' '), longestWords)}`;
  };
}

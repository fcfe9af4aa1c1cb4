import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { chunksOf, type Traffic } from './traffic.ts';

/** npm runs scripts in the root of the package. */
const bin = resolve('bin/moorwatch.js');

export interface CommandRun {
  /** From the start of the process to the answer to its first event. */
  readonly startMs: number;
  /** Events/s from then on. */
  readonly rate: number;
  /** Events per second of its CPU time. */
  readonly cpuRate: number;
  /** The most memory that was resident. */
  readonly megabytes: number;
}

/**
 * `moorwatch rules eval` as a process of its own, which is given its events through a pipe. `home` is where it may keep what it compiled: a new one is a cold start.
 * @throws when the command fails
 */
export async function runCommand(
  { rules, home }: { readonly rules: string; readonly home: string },
  { matching, traffic }: { readonly matching: string; readonly traffic: Traffic },
): Promise<CommandRun> {
  const began = performance.now();
  const child = spawn(process.execPath, [bin, 'rules', 'eval', '--rules', rules], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: home, NO_COLOR: '1' },
  });
  const answers = listen(child);
  try {
    child.stdin.write(`${matching}\n`);
    await answers.to(0);
    const startMs = performance.now() - began;
    const chunks = chunksOf(traffic, traffic.count);
    const started = performance.now();
    const cpuBefore = cpuSeconds(child.pid ?? 0);
    for (const chunk of chunks) if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
    child.stdin.write(`${matching}\n`);
    await answers.to(traffic.count + 1);
    const seconds = (performance.now() - started) / 1_000;
    const cpu = cpuSeconds(child.pid ?? 0) - cpuBefore;
    const megabytes = mostResident(child.pid ?? 0);
    child.stdin.end();
    await answers.ended;
    return { startMs, rate: traffic.count / seconds, cpuRate: traffic.count / cpu, megabytes };
  } finally {
    child.kill('SIGKILL');
  }
}

/** Of a command's environment: nothing is kept there yet. */
export function newHome(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'moorwatch-home-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

interface Answers {
  /** Resolves with the answer to the event of that number. @throws when the process ends before */
  to(event: number): Promise<void>;
  readonly ended: Promise<void>;
}

function listen(child: ChildProcessByStdio<Writable, Readable, Readable>): Answers {
  let tail = '';
  let complaint = '';
  let heard: () => void = () => undefined;
  let isOver = false;
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-4_096);
    heard();
  });
  const ended = once(child, 'close').then(([code]) => {
    isOver = true;
    heard();
    if (code !== 0) throw new Error(`rules eval: ${complaint.trim() || `exit code ${String(code)}`}`);
  });
  // Whoever waits for an answer is told below.
  ended.catch(() => undefined);
  return {
    ended,
    async to(event) {
      while (!tail.includes(`{"i":${event},`)) {
        if (isOver) {
          await ended;
          throw new Error(`rules eval: ended without an answer to event ${event}`);
        }
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
  };
}

function mostResident(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1_024;
}

/** User and system time; the kernel counts in ticks of 1/100 s. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

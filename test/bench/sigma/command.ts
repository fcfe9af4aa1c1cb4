import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { chunksOf, type Traffic } from './traffic.ts';

/** npm runs scripts in the root of the package. */
const bin = resolve('bin/moorwatch.js');

export interface RunningCommand {
  /** From the start of the process to the answer to its first event, and what of that was CPU time. */
  readonly start: { readonly ms: number; readonly cpuMs: number };
  /** All events of the traffic; as rates of the clock and of CPU time. */
  take(traffic: Traffic): Promise<{ readonly rate: number; readonly cpuRate: number }>;
  /** The most memory that was resident. */
  megabytes(): number;
  /** @throws when the command fails */
  close(): Promise<void>;
}

/**
 * `moorwatch rules eval` as a process of its own, which is given its events through a pipe. `home` is where it may keep what it compiled: a new
 * one is a cold start. `matching` is an event that is answered.
 * @throws when the command fails
 */
export async function startCommand(
  { rules, home }: { readonly rules: string; readonly home: string },
  matching: string,
): Promise<RunningCommand> {
  const began = performance.now();
  const child = spawn(process.execPath, [bin, 'rules', 'eval', '--rules', rules], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: home, NO_COLOR: '1' },
  });
  const pid = child.pid ?? 0;
  const answers = listen(child);
  let sent = 0;
  const marked = async (): Promise<void> => {
    child.stdin.write(`${matching}\n`);
    sent += 1;
    await answers.to(sent - 1);
  };
  await marked();
  return {
    start: { ms: performance.now() - began, cpuMs: cpuSeconds(pid) * 1_000 },
    async take(traffic) {
      const chunks = chunksOf(traffic, traffic.count);
      const started = { at: performance.now(), cpu: cpuSeconds(pid) };
      for (const chunk of chunks) if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
      sent += traffic.count;
      await marked();
      const seconds = (performance.now() - started.at) / 1_000;
      return { rate: traffic.count / seconds, cpuRate: traffic.count / (cpuSeconds(pid) - started.cpu) };
    },
    megabytes: () => mostResident(pid),
    async close() {
      child.stdin.end();
      await answers.ended;
    },
  };
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

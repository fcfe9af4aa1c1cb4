import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { topic } from '../../shared/bus/topics.ts';
import { decisionSchema } from '../../shared/decision.ts';
import type { Finding } from '../../shared/finding.ts';
import type { Incident } from '../../shared/incident.ts';
import { decodeObservation, type Observation } from '../../shared/observation.ts';
import { eventually } from './eventually.ts';
import { busConfig, readLog } from './lab-log.ts';

const run = promisify(execFile);
const bin = join(import.meta.dirname, '../../bin/moorwatch.js');

export interface MoorwatchOptions {
  /** DOCKER_HOST to watch. */
  readonly engine: string;
  /** Further lines of moorwatch.yml. */
  readonly config?: string;
  /** Kept over several runs; default: a new one, deleted at stop. */
  readonly stateDir?: string;
}

/** `moorwatch up` as a user starts it, with the command line client beside it. */
export interface Moorwatch {
  readonly stateDir: string;
  readonly process: ChildProcess;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  findings(): Promise<Finding[]>;
  incidents(): Promise<Incident[]>;
  /** Waits until a finding of the row about a container of that name is there. */
  finding(row: string, container?: (name: string) => boolean): Promise<Finding>;
  /** Reads the log itself. */
  observations(which: (observation: Observation) => boolean): Promise<Observation[]>;
  /** Waits until it watches the engine and answers clients. */
  ready(): Promise<void>;
  /** SIGTERM, then waits for its end; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL of the collector process alone; the monitor then ends by itself. */
  kill(): Promise<void>;
  /** Address of the API and the feed. */
  readonly url: string;
  /** The feed's token. */
  token(): string;
  monitorPids(): readonly number[];
  /** SIGKILL of the monitor, if one runs; `up` starts another. */
  killMonitor(): void;
}

export async function startMoorwatch(options: MoorwatchOptions): Promise<Moorwatch> {
  const stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'moorwatch-state-'));
  const configDir = mkdtempSync(join(tmpdir(), 'moorwatch-config-'));
  const configFile = join(configDir, 'moorwatch.yml');
  const port = freePort();
  writeFileSync(
    configFile,
    `stateDir: ${stateDir}\nfeed:\n  port: ${port}\n${busConfig(stateDir)}${options.config ?? ''}`,
  );
  const env = { ...process.env, DOCKER_HOST: options.engine, NO_COLOR: '1' };
  const child = spawn(process.execPath, [bin, 'up', '--config', configFile], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));

  const cli: Moorwatch['cli'] = async (...args) => {
    try {
      const { stdout, stderr } = await run(process.execPath, [bin, ...args, '--config', configFile], {
        env,
        maxBuffer: 64 * 1024 * 1024,
      });
      return { code: 0, stdout, stderr };
    } catch (error) {
      const failed = error as { code?: number; stdout?: string; stderr?: string };
      return { code: failed.code ?? 1, stdout: failed.stdout ?? '', stderr: failed.stderr ?? String(error) };
    }
  };
  const lines = async <T>(...args: string[]): Promise<T[]> => {
    const { code, stdout, stderr } = await cli(...args);
    if (code !== 0) throw new Error(`moorwatch ${args.join(' ')} exited ${code}: ${stderr}`);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as T);
  };
  const monitorPids = (): readonly number[] => {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    return children === '' ? [] : children.split(' ').map(Number);
  };
  const findings = () => lines<Finding>('findings', '--json');

  return {
    stateDir,
    process: child,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    cli,
    findings,
    incidents: () => lines<Incident>('incidents', '--json'),
    finding: (row, container = () => true) =>
      eventually(
        async () =>
          (await findings()).find(
            ({ rule, container: of }) => rule.catalogue.includes(row) && container(of?.name ?? ''),
          ),
        () => `no such ${row}; moorwatch said: ${printed.stderr}`,
      ),
    observations: (which) => readObservations(stateDir, which),
    ready: async () => {
      await eventually(
        async () => ((await cli('findings', '--json')).code === 0 ? true : undefined),
        () => `not ready: ${printed.stderr}`,
        60_000,
      );
      await eventually(
        async () => (await readObservations(stateDir, ({ kind }) => kind === 'heartbeat'))[0],
        () => `no engine is watched: ${printed.stderr}`,
        60_000,
      );
    },
    stop: async () => {
      child.kill('SIGTERM');
      const code = await ended;
      rmSync(configDir, { recursive: true, force: true });
      if (options.stateDir === undefined) rmSync(stateDir, { recursive: true, force: true });
      return code;
    },
    url: `http://127.0.0.1:${port}`,
    token: () => readFileSync(join(stateDir, 'feed.token'), 'utf8').trim(),
    monitorPids,
    killMonitor: () => {
      for (const pid of monitorPids()) process.kill(pid, 'SIGKILL');
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(configDir, { recursive: true, force: true });
    },
  };
}

/** Ports for the feed, one after another, so that a restart can use the same configuration. Test files that run beside each other have their own. */
let nextPort = 21_000 + (process.pid % 180) * 60;
function freePort(): number {
  nextPort += 1;
  return nextPort;
}

export async function readObservations(
  stateDir: string,
  which: (observation: Observation) => boolean = () => true,
): Promise<Observation[]> {
  const all = await readLog(stateDir, topic.observations);
  // Decisions are in the same topic.
  const observations = all.filter((value) => !decisionSchema.safeParse(value).success);
  return observations.map((value) => decodeObservation(JSON.stringify(value), 'log')).filter(which);
}

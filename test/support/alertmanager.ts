import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { freePorts } from './kafka/free-ports.ts';

/** An alert as Alertmanager has it. */
export interface HeldAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
}

export interface Alertmanager {
  readonly url: string;
  /** Those that fire. */
  alerts(): Promise<readonly HeldAlert[]>;
  stop(): Promise<void>;
}

/**
 * A real Alertmanager, alone.
 * @param configuration its alertmanager.yml
 */
export async function startAlertmanager(configuration: string): Promise<Alertmanager> {
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-alertmanager-'));
  const file = join(directory, 'alertmanager.yml');
  await writeFile(file, configuration);
  const [port = 0] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const args = [`--config.file=${file}`, `--storage.path=${directory}`, `--web.listen-address=127.0.0.1:${port}`];
  const daemon = spawn('prometheus-alertmanager', [...args, '--cluster.listen-address='], { stdio: 'ignore' });
  const ended = once(daemon, 'exit');
  await eventually(async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok || undefined);
  return {
    url,
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as readonly HeldAlert[],
    stop: async () => {
      daemon.kill();
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Compose, composeSteps, parseCompose } from './compose-run.ts';
import { eventually } from './eventually.ts';
import { type Lab, startLab } from './lab.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../..');

/** An engine of the test's own with the images that docker-compose.yml names, and the file's services on it. */
export interface ComposeLab {
  readonly lab: Lab;
  readonly compose: Compose;
  /** Where compose/secrets.sh put the secrets. */
  readonly secrets: string;
  docker(...args: string[]): Promise<string>;
  /** `moorwatch …` within a container. */
  moorwatch(container: string, ...args: string[]): Promise<string>;
  /** What a container wrote to stderr: its log. */
  log(container: string): Promise<string>;
  /** Starts the services of these profiles as `docker compose up -d` would. */
  up(...profiles: string[]): Promise<void>;
  /** Removes everything that was started, volumes and networks with it. */
  down(): Promise<void>;
  /** Waits until the engine calls the container healthy. */
  healthy(container: string): Promise<void>;
  /** GET from the host's side of a published port: the engine's network namespace is the lab's host. */
  published(port: number, path: string, token?: string): Promise<{ status: number; body: string }>;
  stop(): void;
}

/** Dockerfile and docker-compose.yml as they are; only the images that a registry would give come from this machine's files. */
export async function startComposeLab(): Promise<ComposeLab> {
  const lab = startLab();
  const secrets = mkdtempSync(join(tmpdir(), 'moorwatch-secrets-'));
  const stop = (): void => {
    rmSync(secrets, { recursive: true });
    lab.stop();
  };
  try {
    return { ...(await imagesOn(lab, secrets)), stop };
  } catch (error) {
    stop();
    throw error;
  }
}

async function imagesOn(lab: Lab, secrets: string): Promise<Omit<ComposeLab, 'stop'>> {
  const env = { ...process.env, DOCKER_HOST: lab.host, DOCKER_BUILDKIT: '0' };
  const compose = parseCompose(readFileSync(join(repository, 'docker-compose.yml'), 'utf8'));
  const import_ = (script: string, ...args: string[]): void =>
    void execFileSync(join(repository, script), args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  import_('compose/secrets.sh', secrets);
  import_('test/support/image-base.sh');
  import_('test/support/kafka/image.sh', compose.services.broker?.image ?? '');
  await run('docker', ['build', '--network', 'none', '-t', 'moorwatch', repository], { env, maxBuffer: 2 ** 26 });

  const docker = async (...args: string[]): Promise<string> =>
    (await run('docker', args, { env, maxBuffer: 64 * 1024 * 1024 })).stdout;
  const healthy = async (container: string): Promise<void> => {
    let seen = '';
    await eventually(
      async () => {
        seen = await docker('inspect', '-f', '{{json .State.Health}}', container);
        return (JSON.parse(seen) as { Status: string }).Status === 'healthy';
      },
      () => `${container} is not healthy: ${seen}`,
      90_000,
    );
  };
  const completed = async (container: string): Promise<void> => {
    const code = (await docker('wait', container)).trim();
    if (code === '0') return;
    const { stdout, stderr } = await run('docker', ['logs', container], { env, maxBuffer: 2 ** 26 });
    throw new Error(`${container} ended with ${code}: ${stdout}${stderr}`);
  };
  return {
    lab,
    compose,
    secrets,
    docker,
    healthy,
    moorwatch: (container, ...args) => docker('exec', container, 'node', '/app/bin/moorwatch.js', ...args),
    log: async (container) => (await run('docker', ['logs', container], { env, maxBuffer: 2 ** 26 })).stderr,
    async up(...profiles) {
      const options = { compose, profiles, directory: repository, socket: lab.socket, secrets };
      for (const step of composeSteps(options)) {
        if (step.kind === 'docker') await docker(...step.args);
        else await (step.kind === 'healthy' ? healthy : completed)(step.name);
      }
    },
    down: () => lab.clean(),
    async published(port, path, token) {
      const daemon = readFileSync(join(lab.dir, 'run/docker.pid'), 'utf8').trim();
      const script = `const [url, token] = process.argv.slice(1);
        const response = await fetch(url, { headers: token ? { authorization: 'Bearer ' + token } : {} });
        console.log(JSON.stringify({ status: response.status, body: await response.text() }));`;
      const node = [process.execPath, '--input-type=module', '-e', script, `http://127.0.0.1:${port}${path}`];
      const { stdout } = await run('nsenter', ['-t', daemon, '-n', ...node, ...(token === undefined ? [] : [token])]);
      return JSON.parse(stdout) as { status: number; body: string };
    },
  };
}

/** Output of a command that failed. */
export const outputOf = (error: unknown): string => {
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
  return stdout + stderr;
};

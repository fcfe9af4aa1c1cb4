import { hostname } from 'node:os';
import { Argument, type Command } from 'commander';
import { exitCode, messageOf, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext, stateOf } from './context.ts';
import { portOption } from './options.ts';
import { type HealthPart, healthFileOf, healthParts, readHealth } from './processes/health-file.ts';
import { livenessOf } from './processes/identity.ts';
import { readRunning } from './processes/running.ts';

const parts = ['feed', ...healthParts] as const;
type Part = (typeof parts)[number];

/** A part writes its health file every 5 s. */
const oldestMs = 30_000;

/** `healthcheck`: what a container runtime asks. Exit code 0: well; 1: not, with the reason on stderr. */
export function addHealthcheck(program: Command, contextOf: MakeContext): void {
  program
    .command('healthcheck')
    .description('whether the feed answers (for the health check of a container), or a part that runs here works')
    .addArgument(new Argument('[part]', 'whose health').choices(parts).default('feed'))
    .addOption(portOption())
    .action(async (part: Part, _options: object, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      if (part !== 'feed') checkPart(context, part);
      if (part === 'feed' || part === 'alerting' || part === 'monitor') await checkFeed(context);
    });
}

async function checkFeed(context: CliContext): Promise<void> {
  const loaded = configOf(context);
  const { host, port } = loaded.config.feed;
  const running = port === 0 ? readRunning(stateOf(context, loaded).directory)?.url : undefined;
  const url = running ?? `http://${reachable(host)}:${port}`;
  try {
    // No token: the answer is the same for everybody.
    const { ok, status } = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(3_000) });
    if (!ok) throw new Error(`status ${status}`);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw unhealthy(`the feed at ${url} does not answer: ${cause}`);
  }
}

/** An address to call of one to listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Read where the part that runs on this machine (in this container) says how it is; the log and the engine are not asked. */
function checkPart(context: CliContext, part: HealthPart): void {
  const { directory } = stateOf(context, configOf(context));
  const file = healthFileOf(directory, part, hostname());
  const health = readHealth(file);
  if (health === 'absent') throw unhealthy(`no ${part} runs here, or it has not started yet: there is no ${file}`);
  if ('unreadable' in health) throw unhealthy(`${file} cannot be read: ${health.unreadable}`);
  if (livenessOf(health) === 'gone')
    throw unhealthy(`the ${part} that runs here was process ${health.pid}, which is gone`);
  for (const note of health.notes) context.terminal.out(`note: ${escapeControl(note)}`);
  if (health.problem !== undefined) throw unhealthy(health.problem);
  const ageMs = Date.now() - health.at;
  // From the future: the clock was set back, and it can no longer be told how old it is.
  if (Math.abs(ageMs) > oldestMs)
    throw unhealthy(`what the ${part} last said of itself is ${Math.round(ageMs / 1_000)} s old (${file})`);
}

const unhealthy = (reason: string): UserError =>
  new UserError(`not healthy: ${escapeControl(reason, 1_000)}`, {
    fix: 'look at the log of that process',
    code: exitCode.failure,
  });

import { existsSync } from 'node:fs';
import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { isTick } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import { exitCode, messageOf, UserError } from '../shared/errors.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext, stateOf } from './context.ts';
import { portOption } from './options.ts';
import { readRunning } from './processes/running.ts';

const parts = ['feed', 'collector'] as const;
type Part = (typeof parts)[number];

/** The collector writes its status every 5 s. */
const oldestStatusMs = 30_000;

/** `healthcheck`: what a container runtime asks. Exit code 0: well; 1: not, with the reason on stderr. */
export function addHealthcheck(program: Command, contextOf: MakeContext): void {
  program
    .command('healthcheck')
    .description('whether the feed answers (for the health check of a container), or the collector works')
    .addArgument(new Argument('[part]', 'whose health').choices(parts).default('feed'))
    .addOption(portOption())
    .action(async (part: Part, _options: object, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      if (part === 'collector') await checkCollector(context);
      else await checkFeed(context);
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

const statusSchema = z.object({ at: z.number() });

/** The collector listens nowhere, so its health is read where it writes: its last status in the log of this host. */
async function checkCollector(context: CliContext): Promise<void> {
  const loaded = configOf(context);
  const { config } = loaded;
  const { database } = stateOf(context, loaded);
  if (config.bus === 'kafka')
    throw new UserError('on Kafka the collectors of many hosts share one topic, so this cannot tell which is ours', {
      fix: 'watch the metrics of the collector, or the status in the feed',
      code: exitCode.usage,
    });
  if (!existsSync(database)) throw unhealthy(`there is no log at ${database}`);
  const last = await lastStatus(context, database);
  const ageMs = Date.now() - last;
  if (ageMs > oldestStatusMs)
    throw unhealthy(
      last === 0 ? 'the collector has not written any status' : `its last status is ${Math.round(ageMs / 1_000)} s old`,
    );
}

/** When the newest status of a collector was written, ms since 1970; 0: there is none. */
async function lastStatus(context: CliContext, database: string): Promise<number> {
  const { prepareBus } = await import('./processes/bus.ts');
  const { createTelemetry } = await import('../shared/telemetry/create.ts');
  const { config } = configOf(context);
  const silent = createTelemetry({ part: 'healthcheck', log: { write: () => undefined } });
  const bus = await (await prepareBus(config))({ database, telemetry: silent });
  try {
    let newest = 0;
    for await (const { records } of bus.read(topic.status, { from: 'oldest', follow: false })) {
      for (const record of records) {
        if (isTick(record) || record.value === null || !record.key.startsWith('collector/')) continue;
        newest = Math.max(newest, statusSchema.parse(JSON.parse(record.value)).at);
      }
    }
    return newest;
  } finally {
    await bus.close();
  }
}

const unhealthy = (reason: string): UserError =>
  new UserError(`not healthy: ${reason}`, { fix: 'look at the log of that process', code: exitCode.failure });

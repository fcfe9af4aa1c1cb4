import { once } from 'node:events';
import type { Command } from 'commander';
import { exitCode, messageOf, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import type { CliContext, GlobalFlags, MakeContext } from './context.ts';
import { portOption } from './options.ts';
import type { FromMonitor, MonitorOrder, ToMonitor } from './processes/messages.ts';
import type { Monitor } from './processes/monitor.ts';

/**
 * `monitor`: analyzer and alerting in one process. Forked by `up` it takes its orders over the IPC channel and ends when that closes; started by a
 * person (or a compose file) it reads its own configuration and runs until it is told to stop.
 */
export function addMonitor(program: Command, contextOf: MakeContext): void {
  program
    .command('monitor')
    .description('analyzer and alerting in one process, apart from the collector')
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      if (process.send === undefined) {
        const { runMonitorApart } = await import('./processes/apart.ts');
        context.exitWith(await runMonitorApart(context));
        return;
      }
      process.umask(0o077);
      process.title = 'moorwatch monitor';
      await serve(context);
    });
}

function tell(message: FromMonitor): void {
  // The collector may be gone already; then the disconnect that follows ends us.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Resolves when the monitor has stopped. */
async function serve(context: CliContext): Promise<void> {
  let monitor: Promise<Monitor> | undefined;
  const stopping = new AbortController();
  const end = (): void => stopping.abort();
  const ended = once(stopping.signal, 'abort');
  const giveUp = (error: unknown): void => {
    // It was told to stop while it still waited for the log.
    if (stopping.signal.aborted) return;
    process.exitCode = fail(error, context);
    end();
  };
  const start = async (order: MonitorOrder): Promise<Monitor> => {
    const { startMonitor } = await import('./processes/monitor.ts');
    const { environment, version } = context;
    return startMonitor({
      order,
      environment,
      version,
      wake: (topics) => tell({ type: 'wake', topics }),
      advise: (advice) => tell({ type: 'advice', advice }),
      giveUp,
      signal: stopping.signal,
    });
  };
  // Only our own program is at the other end.
  process.on('message', (message: ToMonitor) => {
    if (message.type === 'stop') end();
    else if (message.type === 'wake')
      void monitor?.then(
        ({ bus }) => bus.wake(message.topics),
        () => undefined,
      );
    else {
      monitor ??= start(message.order);
      monitor.then(({ report }) => tell({ type: 'ready', report }), giveUp);
    }
  });
  process.once('disconnect', end);
  process.once('SIGTERM', end);
  // Ctrl-C reaches the whole group; the collector decides what becomes of us.
  process.on('SIGINT', () => undefined);
  tell({ type: 'listening' });
  await ended;
  await stop(monitor);
}

/** The channel would keep the process alive; whatever else might is not waited for. */
async function stop(monitor: Promise<Monitor> | undefined): Promise<never> {
  const running = await monitor?.catch(() => undefined);
  await running?.stop();
  if (process.connected) process.disconnect();
  process.exit();
}

/** Mistakes that only a person can mend are told to the collector, which gives up; anything else ends here and is tried again. */
function fail(error: unknown, { terminal }: CliContext): number {
  if (error instanceof UserError) {
    tell({ type: 'failed', message: error.message, fix: error.fix, code: error.code });
    return error.code;
  }
  terminal.complain(`moorwatch monitor: ${escapeControl(messageOf(error), 1_000)}`);
  return exitCode.failure;
}

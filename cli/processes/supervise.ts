import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { createBackoff } from './backoff.ts';
import type { FromMonitor, MonitorOrder, MonitorReport, ToMonitor } from './messages.ts';

/** A child process with an IPC channel, as `fork` gives one. */
export interface Child {
  readonly pid: number | undefined;
  send(message: ToMonitor): void;
  onMessage(listener: (message: FromMonitor) => void): void;
  /** Once, with a word for how it ended: `code 1`, `SIGKILL`. */
  onExit(listener: (how: string) => void): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

export interface SupervisorOptions {
  readonly fork: () => Child;
  readonly order: MonitorOrder;
  readonly telemetry: Telemetry;
  readonly onReady: (report: MonitorReport) => void;
  readonly onWake: (topics: readonly string[]) => void;
  readonly onAdvice: (advice: MonitorReport['advice']) => void;
  /** The monitor said that starting it again would not help. */
  readonly onFailed: (failure: Extract<FromMonitor, { type: 'failed' }>) => void;
  readonly now: () => number;
  readonly setTimer: (run: () => void, ms: number) => { cancel(): void };
}

export interface Supervisor {
  wake(topics: readonly string[]): void;
  /** Asks the monitor to stop, kills it after the deadline; resolves when it is gone. */
  stop(deadlineMs: number): Promise<void>;
}

/** Keeps one monitor running: forks it, hands it its order, starts it again with backoff when it ends by itself. */
export function superviseMonitor(options: SupervisorOptions): Supervisor {
  const backoff = createBackoff({ firstMs: 250, maxMs: 30_000, healthyMs: 60_000 });
  let child: Child | undefined;
  let restart: { cancel(): void } | undefined;
  let given = false;
  let stopped: (() => void) | undefined;

  const start = (): void => {
    const since = options.now();
    const running = options.fork();
    child = running;
    running.onMessage((message) => handle(message, running));
    running.onExit((how) => {
      child = undefined;
      if (stopped !== undefined) stopped();
      if (given) return;
      const restartMs = backoff.next(options.now() - since);
      options.telemetry.happened({ name: 'monitorExited', code: how, restartMs });
      restart = options.setTimer(start, restartMs);
    });
  };
  const handle = (message: FromMonitor, from: Child): void => {
    if (message.type === 'listening') from.send({ type: 'start', order: options.order });
    else if (message.type === 'ready') options.onReady(message.report);
    else if (message.type === 'wake') options.onWake(message.topics);
    else if (message.type === 'advice') options.onAdvice(message.advice);
    else {
      given = true;
      options.onFailed(message);
    }
  };

  start();
  return {
    wake: (topics) => child?.send({ type: 'wake', topics }),
    stop: (deadlineMs) =>
      new Promise((resolve) => {
        given = true;
        restart?.cancel();
        if (child === undefined) return resolve();
        const kill = options.setTimer(() => child?.kill('SIGKILL'), deadlineMs);
        stopped = () => {
          kill.cancel();
          resolve();
        };
        child.send({ type: 'stop' });
      }),
  };
}

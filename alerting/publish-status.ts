import { answerWithin } from '../shared/answer.ts';
import type { Bus } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import type { RunningSink, SinkStatus } from './sinks/run.ts';

/** What alerting says of itself in the topic `status`, under `alerting/<instance>`. */
export interface AlertingStatus {
  readonly part: 'alerting';
  readonly pid: number;
  /** Bytes. */
  readonly rss: number;
  readonly url: string;
  readonly sinks: readonly SinkStatus[];
  readonly metrics: ReturnType<Telemetry['snapshot']>;
}

const farewellMs = 1_000;

export interface PublishOptions {
  readonly bus: Bus;
  readonly instance: string;
  readonly url: string;
  readonly sinks: readonly RunningSink[];
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  readonly everyMs?: number;
  onFailure(error: unknown): void;
}

/**
 * Publishes now and every few seconds; returns how to stop, which withdraws the status: what stopped in good order is not missed. A failure
 * is told, and the next turn tries again.
 */
export function publishStatus(options: PublishOptions): () => Promise<void> {
  const { bus, clock, everyMs = 5_000 } = options;
  const append = (status: AlertingStatus | null): Promise<void> => {
    const value = status === null ? null : JSON.stringify(status);
    return bus.append(topic.status, [{ key: `alerting/${options.instance}`, value, at: clock() }]);
  };
  const publish = async (): Promise<void> => {
    await append({
      part: 'alerting',
      pid: process.pid,
      rss: process.memoryUsage.rss(),
      url: options.url,
      sinks: await Promise.all(options.sinks.map((sink) => sink.status())),
      metrics: options.telemetry.snapshot(),
    });
  };
  let underWay: Promise<void> | undefined;
  const turn = (): void => {
    underWay ??= publish()
      .catch(options.onFailure)
      .finally(() => {
        underWay = undefined;
      });
  };
  turn();
  const timer = setInterval(turn, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    // What is still being written must not come after the withdrawal; a log that does not answer is not waited for.
    const withdrawn = Promise.resolve(underWay).then(() => append(null).catch(options.onFailure));
    await answerWithin(farewellMs, withdrawn);
  };
}

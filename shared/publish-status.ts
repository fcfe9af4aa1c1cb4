import { answerWithin } from './answer.ts';
import type { Bus } from './bus/port.ts';
import { topic } from './bus/topics.ts';
import { messageOf } from './errors.ts';

export interface PublishOptions {
  readonly bus: Pick<Bus, 'append'>;
  /** `analyzer/<instance>` and the like; asked each time, because a collector learns its host late. */
  key(): string;
  /** What the process says of itself now. */
  status(): object | Promise<object>;
  readonly clock: () => number;
  /** Default 5,000 ms. */
  readonly everyMs?: number;
  /** `again`: how often it failed for the same reason since the log last took one. */
  onFailure(error: unknown, again: number): void;
  /** The log took one. */
  onPublished?(): void;
}

export interface Publishing {
  /** Publishes now, unless an earlier one is still under way; resolves when that is over. Never rejects. */
  now(): Promise<void>;
  /** The last word: `null` withdraws the status, so that what stopped in good order is not missed. Waits for it a moment only. */
  stop(last: object | null): Promise<void>;
}

/** A log that does not answer has others tell that we are gone: by the age of our last status. */
const farewellMs = 1_000;

/**
 * Publishes the status every few seconds. One at a time: an append may wait through an outage of any length, and what piles up behind it
 * would hold up everything else. A failure is told, and the next turn tries again.
 */
export function publishStatus(options: PublishOptions): Publishing {
  const { bus, clock, everyMs = 5_000, onFailure } = options;
  const append = async (status: object | null): Promise<void> => {
    const value = status === null ? null : JSON.stringify(status);
    await bus.append(topic.status, [{ key: options.key(), value, at: clock() }]);
  };
  let underWay: Promise<void> | undefined;
  let stopping = false;
  let last = { reason: '', times: 0 };
  const failed = (error: unknown): void => {
    const reason = messageOf(error);
    last = { reason, times: last.reason === reason ? last.times + 1 : 0 };
    onFailure(error, last.times);
  };
  const turn = (): Promise<void> => {
    const publish = async (): Promise<void> => {
      await append(await options.status());
      last = { reason: '', times: 0 };
      options.onPublished?.();
    };
    underWay ??= publish()
      // At a stop the last word says it, once.
      .catch((error: unknown) => (stopping ? undefined : failed(error)))
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  };
  const timer = setInterval(() => void turn(), everyMs);
  timer.unref();
  return {
    now: turn,
    async stop(farewell) {
      stopping = true;
      clearInterval(timer);
      // What is still being written must not come after the last word.
      await answerWithin(
        farewellMs,
        Promise.resolve(underWay).then(() => append(farewell).catch(failed)),
      );
    },
  };
}

import type { Bus, NewRecord } from '../../../shared/bus/port.ts';
import { createMemoryBus } from '../memory-bus.ts';

/** A log on brokers that can be away: appends then wait, as kafkajs's do, until they are back. */
export interface Brokers {
  readonly bus: Bus;
  /** What they acknowledged, in order. */
  values(topic: string): readonly (string | null)[];
  leave(): void;
  /** `losing`: what is under way is written, but its answer never comes. */
  comeBack(options?: { losing?: boolean }): void;
  /** The appends that were begun, acknowledged or not. */
  readonly begun: readonly (readonly NewRecord[])[];
}

export function createBrokers(): Brokers {
  const memory = createMemoryBus();
  const begun: (readonly NewRecord[])[] = [];
  let away: { readonly until: Promise<boolean>; end(losing: boolean): void } | undefined;
  // As in the product one append is under way at a time.
  let queue: Promise<unknown> = Promise.resolve();
  const append = async (topic: string, records: readonly NewRecord[]): Promise<void> => {
    begun.push(records);
    const losing = (await away?.until) ?? false;
    await memory.append(topic, records);
    if (losing) throw new Error('the connection broke');
  };
  return {
    bus: {
      ...memory,
      append: (topic, records) => {
        const turn = queue.then(() => append(topic, records));
        queue = turn.catch(() => undefined);
        return turn;
      },
    },
    values: (topic) => memory.all(topic).map(({ value }) => value),
    leave: () => {
      let end: (losing: boolean) => void = () => undefined;
      const until = new Promise<boolean>((resolve) => {
        end = resolve;
      });
      away = { until, end };
    },
    comeBack: ({ losing = false } = {}) => {
      const { end } = away ?? { end: () => undefined };
      away = undefined;
      end(losing);
    },
    begun,
  };
}

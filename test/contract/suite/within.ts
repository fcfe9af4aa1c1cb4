import type { Bus } from '../../../shared/bus/port.ts';
import type { TopicSpec } from '../../../shared/bus/topics.ts';
import type { BusInstance, BusUnderTest } from '../../support/bus/under-test.ts';
import type { OpenBusUnderTest } from '../suite.ts';

export interface Scene {
  readonly log: BusUnderTest;
  /** One instance on the log. */
  readonly bus: Bus;
  readonly instance: BusInstance;
  /** Another instance on it. */
  another(): Promise<BusInstance>;
}

/** Runs a case on a log of its own and removes it afterwards. */
export function within(
  open: OpenBusUnderTest,
  topics: readonly TopicSpec[],
  act: (scene: Scene) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const log = await open();
    try {
      const another = (): Promise<BusInstance> => log.open({ topics });
      const instance = await another();
      await act({ log, bus: instance.bus, instance, another });
    } finally {
      await log.destroy();
    }
  };
}

import type { Bus } from '../../../shared/bus/port.ts';
import type { TopicSpec } from '../../../shared/bus/topics.ts';

/** One log of its own, and what a test does to it from outside. Every implementation of the bus provides one for the contract suite. */
export interface BusUnderTest {
  /** Another instance on the same log, as another process would have it. Topics are made when missing. */
  open(options: { readonly topics: readonly TopicSpec[]; readonly instance?: string }): Promise<BusInstance>;
  /** Drops the records of a partition before an offset, as retention does. */
  expire(topic: string, partition: number, before: number): Promise<void>;
  /** Takes a partition of a group away from its owner without telling it, as another instance's takeover does, and lets go of it. */
  fence(group: string, topic: string, partition: number): Promise<void>;
  /** Closes what is still open and removes the log. */
  destroy(): Promise<void>;
}

export interface BusInstance {
  readonly bus: Bus;
  /** The process dies: nothing is given back, nothing under way is finished, the bus is of no use any more. */
  crash(): Promise<void>;
}

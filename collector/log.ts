import type { Bus, BusPage, ReadRange } from '../shared/bus/port.ts';

/** What the collector needs of the log: the embedded log itself, or Kafka behind a spool (spool/spooled-log.ts). */
export interface CollectorLog extends Pick<Bus, 'append'> {
  /** As the bus reads. `keysWith`: what begins the keys that the caller looks at, so that not every host's state is copied here. */
  read(topic: string, range: ReadRange & { readonly keysWith?: string }): AsyncIterable<BusPage>;
  /** How it stands with the log; absent where nothing stands between it and the collector. */
  status?(): LogStatus;
}

export interface LogStatus {
  readonly reachable: boolean;
  /** Records that wait on disk for the brokers. */
  readonly spooled: number;
  /** When the oldest of them was put there, ms. */
  readonly since?: number;
}

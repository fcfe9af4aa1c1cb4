import { partitionOf } from '../../shared/bus/murmur2.ts';
import type { Notices } from '../../shared/bus/notices.ts';
import type { Bus, BusNotice, PartitionBounds } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { type CanaryHost, createCanaryBook, type OverdueCanaries } from '../watch/canaries.ts';
import type { Backoff } from './backoff.ts';
import { createDeliverStage, type DeliverOptions, type DeliveryState } from './deliver.ts';
import type { Sink } from './sink.ts';

export interface RunningSink {
  /** Of the hosts whose canaries come through this process: those of which none has come for too long, as of the last `status`. */
  overdue?(): OverdueCanaries;
  status(): Promise<SinkStatus>;
  stop(): Promise<void>;
}

export interface SinkStatus {
  readonly name: string;
  readonly type: string;
  /** `idle`: nothing was to be sent yet. */
  readonly state: DeliveryState['kind'] | 'idle';
  /** Updates in the log that were not sent yet, in the partitions of this process. */
  readonly backlog: number;
  /** Why the last message that was tried again was. */
  readonly lastError?: string;
  /** Since when nothing could be delivered, ms. */
  readonly retryingSince?: number;
  /** When it last delivered something, ms; absent: not since it started. */
  readonly lastDelivered?: number;
  /** When it began to run, ms: since then canaries are expected. Absent where none are. */
  readonly since?: number;
  /** The last canary that came so far: when its collector told of it by its clock, when it came into the log of incidents, and how long all of it took, ms. */
  readonly canary?: { readonly at: number; readonly logged: number; readonly tookMs: number };
  /** Hosts whose canaries pass through this process and are overdue; absent: none. */
  readonly overdue?: OverdueCanaries;
}

export interface RunSinkOptions {
  readonly bus: Bus;
  readonly sink: Sink;
  readonly type: string;
  readonly telemetry: Telemetry;
  readonly notices: Notices;
  readonly clock: () => number;
  readonly backoff?: Backoff;
  readonly wants?: DeliverOptions['wants'];
  readonly sendsCanaries?: boolean;
  /** The hosts that tell canaries, and how often, ms; absent: none is expected. */
  readonly canaries?: { readonly everyMs: number; hosts(): readonly CanaryHost[] };
}

/** A sink with its own consumer group on the incidents topic: its position is its own, and so are its delays. */
export function runSink(options: RunSinkOptions): RunningSink {
  const { bus, sink, notices } = options;
  const group = `sink-${sink.name}`;
  let state: SinkStatus['state'] = 'idle';
  let lastError: string | undefined;
  let lastDelivered: number | undefined;
  let retryingSince: number | undefined;
  let canary: SinkStatus['canary'];
  const book = createCanaryBook(options.canaries?.everyMs ?? Number.POSITIVE_INFINITY);
  let overdue: OverdueCanaries = { hosts: [], more: 0 };
  const since = options.clock();
  const position = new Map<number, number>();
  const stopping = new AbortController();
  const stage = createDeliverStage({
    ...options,
    onState: (next) => {
      state = next.kind;
      if (next.kind === 'retrying') {
        lastError = next.reason;
        retryingSince ??= options.clock();
      } else retryingSince = undefined;
    },
    onDelivered: () => {
      lastDelivered = options.clock();
    },
    onCanary: (came, logged) => {
      const { at } = came;
      book.came(came, logged);
      canary = { at, logged, tookMs: Math.max(0, options.clock() - at) };
    },
    signal: stopping.signal,
    onPosition: (partition, offset) => void position.set(partition, offset),
  });
  const watch = notices.watch(topic.incidents, { group });
  const notice = (what: BusNotice): void => {
    if (what.kind === 'assigned') book.assigned(what.partition);
    if (what.kind === 'revoked') {
      position.delete(what.partition);
      book.revoked(what.partition);
    }
    watch.notice(what);
  };
  const processing = bus.process(group, topic.incidents, { batchSize: 50, open: stage, notice });

  const status = async (): Promise<SinkStatus> => {
    const bounds = await bus.bounds(topic.incidents);
    overdue = book.overdue({
      hosts: options.canaries?.hosts() ?? [],
      partitionOf: (host) => partitionOf(host, bounds.length),
      now: options.clock(),
    });
    return {
      name: sink.name,
      type: options.type,
      state,
      backlog: backlogOf(bounds, position),
      since,
      ...(lastError !== undefined && { lastError }),
      ...(retryingSince !== undefined && { retryingSince }),
      ...(lastDelivered !== undefined && { lastDelivered }),
      ...(canary !== undefined && { canary }),
      ...(overdue.hosts.length > 0 && { overdue }),
    };
  };
  return {
    status,
    overdue: () => overdue,
    stop: async () => {
      stopping.abort();
      await processing.stop();
      await sink.close?.();
    },
  };
}

/** A partition that handed over nothing yet has nothing to send. */
function backlogOf(bounds: readonly PartitionBounds[], position: ReadonlyMap<number, number>): number {
  return bounds.reduce((sum, { partition, end }) => sum + Math.max(0, end - (position.get(partition) ?? end)), 0);
}

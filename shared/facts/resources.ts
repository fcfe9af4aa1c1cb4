export interface ResourceFacts extends ResourceTrend {
  /** 100 = the whole quota, or all cores when there is none. */
  readonly cpu_pct_of_quota: number;
  readonly memory_bytes: number;
  /** Share of the limit; absent when there is none. */
  readonly memory_pct?: number;
  readonly pids: number;
  readonly network_rx_bytes?: number;
  readonly network_tx_bytes?: number;
  readonly block_read_bytes: number;
  readonly block_write_bytes: number;
  /** The container's first reading of a day (UTC), with one on an earlier day before; absent on all others. */
  readonly first_of_day?: true;
}

/** A reading compared with those before. What needs ten minutes, or an hour, of readings is absent until they are there. */
export interface ResourceTrend {
  /** The lowest of `cpu_pct_of_quota` within ten minutes. */
  readonly cpu_10m_min?: number;
  /** Their coefficient of variation: 0 is flat. */
  readonly cpu_10m_variation?: number;
  /** Share of the limit; absent when there is none. */
  readonly pids_pct?: number;
  /** `pids` by their lowest number within ten minutes. */
  readonly pids_10m_times?: number;
  /** Sent within ten minutes, or since it is watched. */
  readonly network_tx_10m_bytes?: number;
  /** That by the median of the ten minutes before, up to a day, an hour at least; a median below 1 MiB counts as 1 MiB. */
  readonly network_tx_times_median?: number;
  /** It sends more than it receives within ten minutes, and in the day before received more than it sent. */
  readonly network_tx_flipped?: boolean;
  /** Packets between this reading and the one before: sent a second, their mean size in bytes, sent for each that was received. */
  readonly network_tx_packets_per_s?: number;
  readonly network_tx_packet_bytes?: number;
  readonly network_tx_per_rx_packet?: number;
  /** Written to block devices within ten minutes, or since it is watched. */
  readonly block_write_10m_bytes?: number;
  /** As `network_tx_times_median`. */
  readonly block_write_times_median?: number;
}

/** What concerns Moorwatch itself. `sensor` and `rules` come in observations of kind `monitor`. */
export interface MonitorFacts {
  /**
   * MON-02: the event is about a container of Moorwatch: `self` (the collector's own, found by its mounts and known to the engine) or `sibling` (of the
   * same compose project and image id).
   */
  readonly container?: 'self' | 'sibling';
  /** MON-03, on `sensor_stopped`. */
  readonly sensor?: SensorChangeFacts;
  /** MON-04, on `rules_changed`. */
  readonly rules?: RulesChangeFacts;
}

export interface SensorChangeFacts {
  readonly name: string;
  /** `failed` | `unavailable` */
  readonly state: string;
}

/** Rules, sequences and filters by which the host is judged now, compared with those before. Names are titles, at most 20 of each. */
export interface RulesChangeFacts {
  readonly before: string;
  readonly now: string;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  /** Something that was found before may not be found any more: rules that are gone or changed, or `exceptions`. */
  readonly weaker: boolean;
  readonly removed_titles?: readonly string[];
  readonly changed_titles?: readonly string[];
  /** Filters that are new, are about more rules than before, or have another condition; absent when there are none. */
  readonly exceptions?: readonly string[];
  /** Another version of Moorwatch judges than before. */
  readonly upgraded: boolean;
}

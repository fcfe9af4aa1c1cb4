/**
 * Everything that can happen, by name. One table in log.ts gives each its level and sentence, one in metrics.ts its counter.
 * Add a member here, then the compiler names both places.
 */
export type Happening =
  // collector
  | {
      readonly name: 'engineFound';
      readonly endpoint: string;
      readonly how: string;
      readonly version: string;
      readonly api: string;
    }
  | { readonly name: 'engineUnreachable'; readonly endpoint: string; readonly reason: string; readonly fix: string }
  | { readonly name: 'engineStreamEnded'; readonly reason: string }
  | { readonly name: 'observationsAppended'; readonly kind: string; readonly count: number }
  | { readonly name: 'observationDropped'; readonly reason: string; readonly count: number }
  | { readonly name: 'eventMalformed'; readonly place: string; readonly reason: string }
  /** What a container sent looked like a question to the DNS, and was none (`message`); the script's line cannot be read (`line`). */
  | { readonly name: 'dnsMalformed'; readonly count: number; readonly what: 'message' | 'line' }
  /** Questions to the DNS that were not told, because nobody knows whose they are: why. */
  | {
      readonly name: 'dnsUnattributed';
      readonly count: number;
      /** Nobody told of its container in time; too many waited for that; the kernel left them out; the host is not known yet. */
      readonly reason: 'no-container' | 'too-many-waiting' | 'left-in-kernel' | 'no-host';
    }
  /**
   * Names of destinations that are not known any more, or never were: the script's line cannot be read; the kernel had no room, or too many came in a
   * second; nobody was seen to be asked for it; an older one gave way.
   */
  | {
      readonly name: 'destinationNameDropped';
      readonly count: number;
      readonly reason: 'unreadable' | 'left-in-kernel' | 'not-forwarded' | 'no-room';
    }
  | { readonly name: 'gapOpened'; readonly reason: string; readonly text: string }
  | { readonly name: 'sensorStarted'; readonly sensor: string }
  | { readonly name: 'sensorUnavailable'; readonly sensor: string; readonly reason: string }
  | { readonly name: 'sensorFailed'; readonly sensor: string; readonly reason: string }
  | { readonly name: 'engineRequestFailed'; readonly request: string; readonly reason: string }
  /** A container's diff was asked for and looked through. */
  | { readonly name: 'containerDiffed'; readonly milliseconds: number }
  | { readonly name: 'logUnreachable'; readonly reason: string; readonly fix: string }
  | { readonly name: 'logReached' }
  | { readonly name: 'spoolStarted' }
  | { readonly name: 'spoolDrained'; readonly count: number; readonly seconds: number }
  | { readonly name: 'spoolFailed'; readonly reason: string }
  | { readonly name: 'spoolDamaged'; readonly aside: string; readonly reason: string }
  // analyzer
  | { readonly name: 'observationsAnalyzed'; readonly count: number }
  | { readonly name: 'duplicatesDropped'; readonly count: number }
  | { readonly name: 'findingsMade'; readonly severity: string; readonly kind: string; readonly count: number }
  | { readonly name: 'rulesLoaded'; readonly rules: number; readonly rejected: number; readonly hash: string }
  /** `added`, `removed`, `changed`: rules, correlations and filters, against those before. */
  | {
      readonly name: 'rulesReloaded';
      readonly added: number;
      readonly removed: number;
      readonly changed: number;
      readonly rules: number;
      readonly rejected: number;
      readonly hash: string;
    }
  | { readonly name: 'rulesReloadFailed'; readonly reason: string }
  /** `since`: when the version in use was read, ms. */
  | { readonly name: 'ruleFileKept'; readonly file: string; readonly rules: number; readonly since: number }
  | { readonly name: 'ruleFilesUnreadable'; readonly count: number; readonly example: string }
  | { readonly name: 'ruleRejected'; readonly place: string; readonly reason: string }
  | { readonly name: 'ruleFailed'; readonly rule: string; readonly reason: string }
  /** A rule matched, and a filter hides it. */
  | { readonly name: 'matchHidden'; readonly rule: string; readonly filter: string }
  /** A sequence may have counted less than there was. */
  | {
      readonly name: 'sequenceInexact';
      readonly rule: string;
      readonly reason: 'late' | 'saturated' | 'cut';
      readonly count: number;
    }
  | { readonly name: 'ruleSetsDiffer'; readonly mine: string; readonly others: string }
  /** What became of a decision; `order`: approve, forget and so on. */
  | {
      readonly name: 'decisionAnswered';
      readonly result: string;
      readonly order: string;
      readonly by: string;
      readonly text: string;
    }
  | { readonly name: 'stateEvicted'; readonly part: string; readonly count: number }
  /** Neither brokers nor a copy on disk could say what was known: the collector goes on as on a first start. */
  | { readonly name: 'stateUnknown'; readonly topic: string }
  // bus
  | { readonly name: 'recordRejected'; readonly topic: string; readonly place: string; readonly reason: string }
  | {
      readonly name: 'batchFailed';
      readonly topic: string;
      readonly partition: number;
      readonly attempt: number;
      readonly reason: string;
    }
  /**
   * Without `partition`: all of this process. `again`: how often it was lost for this reason since it last worked; `ends`: the process ends
   * for it.
   */
  | {
      readonly name: 'busSessionLost';
      readonly topic: string;
      readonly partition?: number;
      readonly reason: string;
      readonly again?: number;
      readonly ends?: true;
    }
  /** `failures`: how often it was lost in that time. */
  | { readonly name: 'busSessionRegained'; readonly topic: string; readonly seconds: number; readonly failures: number }
  | {
      readonly name: 'topicDiffers';
      readonly topic: string;
      readonly setting: string;
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly name: 'topicsUnseen'; readonly topics: readonly string[] }
  | { readonly name: 'busGap'; readonly topic: string; readonly partition: number; readonly lost: number }
  | {
      readonly name: 'busPositionMissing';
      readonly topic: string;
      readonly partition: number;
      readonly from: number;
      readonly records: number;
    }
  // alerting
  | { readonly name: 'incidentUpdated'; readonly change: string; readonly severity: string }
  | {
      readonly name: 'delivered';
      readonly sink: string;
      /** Since what the message tells happened; `at`: now, ms. */
      readonly latency?: { readonly seconds: number; readonly at: number; readonly traceId?: string };
    }
  | { readonly name: 'deliveryRetried'; readonly sink: string; readonly reason: string; readonly afterMs: number }
  | { readonly name: 'deliveryRefused'; readonly sink: string; readonly incident: string; readonly reason: string }
  /** No route leads an update to this sink. */
  | { readonly name: 'deliveryLeftOut'; readonly sink: string }
  | { readonly name: 'feedListening'; readonly url: string }
  | { readonly name: 'feedRefused'; readonly reason: string }
  | { readonly name: 'feedClientSlow'; readonly dropped: number }
  /** Something of Moorwatch does not move although something waits; over: it goes on. */
  | { readonly name: 'standstill'; readonly what: string }
  | { readonly name: 'standstillOver'; readonly what: string }
  /** Nobody could see whether a group moves. `again`: how often for the same reason. */
  | { readonly name: 'watchFailed'; readonly group: string; readonly reason: string; readonly again?: number }
  // processes
  /** `again`: how often for the same reason since it last worked. */
  | { readonly name: 'statusFailed'; readonly part: string; readonly reason: string; readonly again?: number }
  | { readonly name: 'processStarted'; readonly part: string; readonly user: string }
  | { readonly name: 'monitorExited'; readonly code: string; readonly restartMs: number }
  | { readonly name: 'privilegesKept'; readonly reason: string }
  | { readonly name: 'stopping'; readonly reason: string }
  | { readonly name: 'stopIncomplete'; readonly step: string };

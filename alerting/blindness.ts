import type { ProcessStatus } from './feed/status-board.ts';

export interface Sight {
  /** What every process last said of itself. */
  readonly processes: readonly ProcessStatus[];
  /** For how long the log has taken nothing from us, ms. */
  readonly logSilentMs: number;
  /** Sinks that have delivered nothing for longer than a heartbeat may be late. */
  readonly stuckSinks: readonly string[];
  /** What else does not move although something waits, for a person. */
  readonly standing?: readonly string[];
}

/** The log takes our status every 5 s. */
const logLimitMs = 30_000;

/** Why something may happen on a watched host that nobody would be told of; undefined: not that we know. */
export function blindness({ processes, logSilentMs, stuckSinks, standing = [] }: Sight): string | undefined {
  if (logSilentMs > logLimitMs) return `the log has not answered for ${Math.round(logSilentMs / 1_000)} s`;
  const collectors = processes.filter(({ status }) => status.part === 'collector' && status.stopped !== true);
  if (collectors.length === 0) return 'no collector has said anything';
  const silent = collectors.find(({ gone }) => gone);
  if (silent !== undefined) return `${silent.process} says nothing any more`;
  const without = collectors.find(({ status }) => status.connected !== true);
  if (without !== undefined) return `${without.process} has no engine`;
  // Other words of analyzers (which rules a partition was judged by) have no pid.
  const judges = ({ gone, status }: ProcessStatus): boolean =>
    !gone && status.part === 'analyzer' && typeof status.pid === 'number';
  if (!processes.some(judges)) return 'no analyzer says anything';
  if (stuckSinks.length > 0) return `the sink ${stuckSinks.join(' and the sink ')} delivers nothing`;
  return standing[0];
}

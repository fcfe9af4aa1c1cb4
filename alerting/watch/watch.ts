import { answerWithin } from '../../shared/answer.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { messageOf } from '../../shared/errors.ts';
import { type Standstill, standstillText } from '../../shared/standstill.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { StatusBoard } from '../feed/status-board.ts';
import { type GroupProgress, isMoving, lookedAgain, standingLongest } from './progress.ts';
import { createWords } from './words.ts';

/** A consumer group that has to move. */
export interface WatchedGroup {
  readonly group: string;
  readonly topic: string;
  /** `sink/siem`: told as one; `analyzer`, `alerting`: each partition by itself. */
  readonly name: string;
  readonly isWhole: boolean;
}

export interface WatchOptions {
  readonly bus: Bus;
  readonly board: StatusBoard;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  readonly groups: readonly WatchedGroup[];
  /** What waits at one place for longer is told, ms. */
  readonly boundMs: number;
}

export interface Watch {
  /** What stands still now, as far as any alerting has told. */
  standing(): readonly Standstill[];
  stop(): Promise<void>;
}

/** The groups of this installation: analyzers, incidents, and a sink each. */
export const watchedGroups = (sinks: readonly string[]): readonly WatchedGroup[] => [
  { group: 'analyzer', topic: topic.observations, name: 'analyzer', isWhole: false },
  { group: 'alerting', topic: topic.findings, name: 'alerting', isWhole: false },
  ...sinks.map((sink) => ({ group: `sink-${sink}`, topic: topic.incidents, name: `sink/${sink}`, isWhole: true })),
];

/**
 * Looks at the positions of the groups, and tells what stands still as a finding, and when it goes on. It has a clock, so it is no stage: what it writes is like
 * an observation, and whoever else looks writes the same. What is told stands in the topic `status` until it is over, so that a start goes on with it.
 */
export function startWatch(options: WatchOptions): Watch {
  const { bus, telemetry, clock, groups, boundMs } = options;
  const lookMs = Math.min(30_000, Math.max(50, boundMs / 10));
  const words = createWords(options);
  const looks = new Map<string, { readonly at: number; readonly progress: GroupProgress }>();
  const failures = new Map<string, { reason: string; times: number }>();

  const look = async (watched: WatchedGroup): Promise<void> => {
    const waiting = await bus.waiting(watched.group, watched.topic);
    const now = clock();
    const last = looks.get(watched.name);
    // After a pause (the log was away, this process slept) others had no time either; a clock that was set back begins anew.
    const isGap = last === undefined || now < last.at || now - last.at > Math.max(5 * lookMs, 1_000);
    const progress = lookedAgain(isGap ? new Map() : last.progress, waiting, now);
    looks.set(watched.name, { at: now, progress });
    for (const [of, part] of subjectsOf(watched, progress, words.open())) await judge({ of, part, now });
  };
  const judge = async ({ of, part, now }: Judged): Promise<void> => {
    const told = words.open().filter((one) => one.of === of);
    const standing = told.length === 0 ? standingLongest(part, now, boundMs) : undefined;
    if (standing !== undefined) {
      const { partition, offset, logged: since } = standing;
      const standstill: Standstill = { part: 'standstill', of, partition, offset, since };
      await words.begin(standstill);
      telemetry.happened({ name: 'standstill', what: standstillText(standstill) });
    }
    for (const standstill of told) {
      if (isMoving(part)) {
        await words.end(standstill, 'it goes on');
        telemetry.happened({ name: 'standstillOver', what: standstillText(standstill) });
      } else await words.goOn(standstill);
    }
  };
  const turn = async (): Promise<void> => {
    words.look();
    for (const watched of groups) {
      if (stopping) return;
      try {
        await look(watched);
        failures.delete(watched.name);
      } catch (error) {
        const reason = messageOf(error);
        const known = failures.get(watched.name);
        const times = known?.reason === reason ? known.times + 1 : 0;
        failures.set(watched.name, { reason, times });
        if (!stopping) telemetry.happened({ name: 'watchFailed', group: watched.group, reason, again: times });
      }
    }
    await words.forget(groups.map(({ name }) => name));
  };
  let stopping = false;
  let underWay: Promise<void> | undefined;
  const timer = setInterval(() => {
    underWay ??= turn()
      // The log does not take it now: the next turn tries again.
      .catch((error: unknown) => telemetry.happened({ name: 'watchFailed', group: '', reason: messageOf(error) }))
      .finally(() => {
        underWay = undefined;
      });
  }, lookMs);
  timer.unref();
  measure(words.open, options);
  return {
    standing: words.open,
    stop: async () => {
      stopping = true;
      clearInterval(timer);
      // A log that does not answer must not hold up the end: what is half told is told by the next.
      await answerWithin(farewellMs, Promise.resolve(underWay));
    },
  };
}

function measure(open: () => readonly Standstill[], { telemetry, clock }: WatchOptions): void {
  telemetry.gauge(
    'standstill_seconds',
    'Age of the record that a sink, or a partition of a stage, does not get past.',
    () =>
      open()
        .slice(0, mostReadings)
        .map(({ of, since }) => ({ value: Math.max(0, (clock() - since) / 1_000), attributes: { of } })),
  );
}

const mostReadings = 100;
const farewellMs = 1_000;

interface Judged {
  readonly of: string;
  readonly part: GroupProgress;
  readonly now: number;
}

/** What is told of by itself, also where nothing waits any more. */
function subjectsOf(
  { name, isWhole }: WatchedGroup,
  progress: GroupProgress,
  open: readonly Standstill[],
): readonly [of: string, part: GroupProgress][] {
  if (isWhole) return [[name, progress]];
  const partitions = open.flatMap(({ of, partition }) => (of === `${name}/${partition}` ? [partition] : []));
  return [...new Set([...progress.keys(), ...partitions])].map((partition) => {
    const one = progress.get(partition);
    return [`${name}/${partition}`, new Map(one === undefined ? [] : [[partition, one]])];
  });
}

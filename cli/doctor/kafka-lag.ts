import type { GroupFacts, PartitionFacts } from '../../shared/bus/kafka/inspect-groups.ts';
import type { TopicSpec } from '../../shared/bus/topics.ts';
import { type Finding, fail, ok, warn } from './check.ts';

/** More than this waits: what happens is told late. */
const muchLag = 10_000;

/** Of the time that a record is kept, after which one that still waits is in danger. */
const dangerousAge = 0.75;

/** Of what the log holds: a position so near to its oldest record may soon be overrun by size. */
const nearOldest = 0.1;

/** How far a group is behind, whether somebody works on it, and whether the broker deletes what it has not read yet. */
export function lagFindings(
  { group, topic, state }: GroupFacts,
  topics: readonly TopicSpec[],
  now: number,
): readonly Finding[] {
  const about = `lag ${group}`;
  if (state.kind === 'unknown')
    return [
      warn(about, `not known: ${state.reason}`, 'look at the lines above: a broker is away, or a right is missing'),
    ];
  const { members, partitions } = state;
  if (partitions.length === 0) return [ok(about, 'has not begun')];
  const waiting = partitions.reduce((sum, { lag }) => sum + lag, 0);
  const text = `${waiting} records of ${topic} wait, ${members} ${members === 1 ? 'member' : 'members'}`;
  const kept = topics.find(({ name }) => name === topic)?.retention.ms ?? Number.POSITIVE_INFINITY;
  return [
    behind(about, { text, waiting, members }),
    ...partitions.flatMap((partition) => overrun(about, { topic, partition, kept, now })),
  ];
}

function behind(
  about: string,
  { text, waiting, members }: { text: string; waiting: number; members: number },
): Finding {
  if (waiting > 0 && members === 0)
    return fail(about, `${text}: nobody works on them`, 'start the part, or look at the log of the one that runs');
  if (waiting > muchLag)
    return warn(about, text, 'give the machines more CPU, or run more of this part; what waits is not lost');
  return ok(about, text);
}

function overrun(
  about: string,
  at: { topic: string; partition: PartitionFacts; kept: number; now: number },
): readonly Finding[] {
  const { topic, partition, kept, now } = at;
  const { position, oldest, end, lag, waitingSince } = partition;
  const where = `${topic}/${partition.partition}`;
  const fix = 'run more of this part now, or keep more: log.retentionHours, log.retentionMegabytes (and the topic)';
  if (position !== undefined && position < oldest)
    return [fail(about, `${oldest - position} records of ${where} were deleted before they were read`, fix)];
  if (waitingSince !== undefined && now - waitingSince > dangerousAge * kept) {
    const hours = Math.max(0, (waitingSince + kept - now) / 3_600_000).toFixed(1);
    return [fail(about, `the next record of ${where} is deleted in ${hours} h, unread`, fix)];
  }
  const near = position !== undefined && oldest > 0 && position - oldest < nearOldest * (end - oldest);
  return near && lag > muchLag
    ? [warn(about, `${where} is read close to where the broker deletes: it may delete what was not read`, fix)]
    : [];
}

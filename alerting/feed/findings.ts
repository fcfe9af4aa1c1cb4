import type { Bus, BusPage, BusRecord, ReadRange } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { type Finding, findingRecordSchema } from '../../shared/finding.ts';
import { encodeCursor, type Position } from './cursor.ts';
import type { LogToRead } from './log-questions.ts';

export interface FindingsQuery {
  /** How the id begins. */
  readonly id?: string | undefined;
  /** Logged at or after that time, ms. */
  readonly since?: number | undefined;
  readonly after?: Position | undefined;
}

export interface FindingsPage {
  readonly findings: readonly Finding[];
  /** Give it as `after` for the next page. */
  readonly cursor: string;
}

/** At most `limit` findings, oldest first per host. */
export async function readFindings(
  log: LogToRead,
  query: FindingsQuery & { readonly limit: number },
): Promise<FindingsPage> {
  const position = new Map(query.after ?? []);
  const findings: Finding[] = [];
  for await (const page of log.read(topic.findings, { from: startOf(query), follow: false })) {
    for (const record of page.records) {
      position.set(record.partition, record.offset + 1);
      const finding = record.logged < (query.since ?? 0) ? undefined : findingIn(record, query.id);
      if (finding !== undefined) findings.push(finding);
      if (findings.length >= query.limit) return { findings, cursor: encodeCursor(position) };
    }
    for (const [partition, offset] of page.next) position.set(partition, offset);
  }
  return { findings, cursor: encodeCursor(position) };
}

/** The finding of that id; reads until it is found. */
export async function findFinding(log: LogToRead, id: string): Promise<Finding | undefined> {
  for await (const { records } of log.read(topic.findings, { from: 'oldest', follow: false })) {
    for (const record of records) {
      const finding = findingIn(record, id);
      if (finding?.id === id) return finding;
    }
  }
  return undefined;
}

/**
 * One JSON line per finding, past and to come, until the signal. With `cursors` each is `{cursor, finding}`, so that a client whose connection
 * ends goes on right behind it, and an empty line comes first, so that it knows that it is connected.
 */
export async function* followFindings(
  bus: Bus,
  query: FindingsQuery & { readonly cursors?: boolean | undefined },
  signal: AbortSignal,
): AsyncGenerator<string> {
  if (query.cursors === true) yield '\n';
  for await (const page of bus.read(topic.findings, { from: startOf(query), follow: true, signal })) {
    const lines = findingsIn(page, query.id).map(({ position, finding }) =>
      JSON.stringify(query.cursors === true ? { cursor: encodeCursor(position), finding } : finding),
    );
    if (lines.length > 0) yield `${lines.join('\n')}\n`;
  }
}

/** The findings of a page, each with the position behind it. */
function findingsIn(
  { records, next }: BusPage,
  beginning: string | undefined,
): readonly { position: Position; finding: Finding }[] {
  const position = new Map(next);
  // The page's position is behind all its records; where it has any, we are before the first of them.
  for (const { partition, offset } of [...records].reverse()) position.set(partition, offset);
  return records.flatMap((record) => {
    position.set(record.partition, record.offset + 1);
    const finding = findingIn(record, beginning);
    return finding === undefined ? [] : [{ position: new Map(position), finding }];
  });
}

function startOf({ since, after }: FindingsQuery): ReadRange['from'] {
  if (after !== undefined) return { offsets: after };
  return since === undefined ? 'oldest' : { logged: since };
}

/**
 * The finding of a record, if its id begins so. What is no finding (the end of a condition, the answer to a decision, a tick) is passed over; the incident
 * stage has told what cannot be read.
 */
export function findingIn({ value }: BusRecord, beginning = ''): Finding | undefined {
  // As JSON writes it: most records need not be parsed to know that they are of another one.
  if (value === null || !value.includes(JSON.stringify(beginning).slice(0, -1))) return undefined;
  try {
    const parsed = findingRecordSchema.safeParse(JSON.parse(value));
    if (!parsed.success || parsed.data.type !== 'finding') return undefined;
    return parsed.data.finding.id.startsWith(beginning) ? parsed.data.finding : undefined;
  } catch {
    return undefined;
  }
}

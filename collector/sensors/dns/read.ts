import { EMPTY, from, merge, type Observable } from 'rxjs';
import type { Observation } from '../../../shared/observation.ts';
import type { Telemetry } from '../../../shared/telemetry/telemetry.ts';
import { type DnsLine, parseDnsLine } from '../../kernel/dns-line.ts';
import { parseDnsQuestion } from '../../kernel/dns-question.ts';
import type { SweptContainer } from '../../sweeps.ts';
import { createMissed } from './missed.ts';
import { createOwners } from './owners.ts';
import { createTeller, type Query, type TellerOptions } from './tell.ts';
import { createToldQuestions } from './told.ts';

export interface ReaderOptions extends TellerOptions {
  readonly telemetry: Telemetry;
  containers(): readonly SweptContainer[];
}

/** The engine tells of a container within so long after it began. */
const waitMs = 5_000;
const mostWaiting = 1_000;
/** The engine says late when a container began, on a busy machine by a second and more. What was asked before that was asked by one whose namespace had the same number. */
const beforeStartMs = 2_000;

/**
 * Turns the script's lines into observations. What a line says is decided when it comes; only what its process is may take time, and holds up nobody
 * but its own container.
 */
export function createReader(options: ReaderOptions): { read(line: string): Observable<Observation> } {
  const { telemetry, now } = options;
  const owners = createOwners(options);
  const missed = createMissed(options);
  const questions = createToldQuestions();
  const tell = createTeller(options, { missed, questions });
  let waiting: Query[] = [];

  const query = (one: Query): Observable<Observation> => {
    const owner = owners.of(one);
    if (owner === 'nobody') return EMPTY;
    if (owner !== undefined && owner.startedAt - one.at < beforeStartMs) return tell(one, owner);
    if (now() - one.at >= waitMs) missed.unattributed(1, 'no-container');
    else if (waiting.length >= mostWaiting) missed.unattributed(1, 'too-many-waiting');
    else waiting.push(one);
    return EMPTY;
  };

  const tick = (): Observable<Observation> => {
    owners.again();
    const again = waiting;
    waiting = [];
    const found = again.map(query);
    for (const left of questions.leftOut(Math.trunc(now()))) missed.beyond(left);
    return merge(from(missed.gaps()), ...found);
  };

  const readers: {
    readonly [K in DnsLine['kind']]: (line: Extract<DnsLine, { kind: K }>) => Observable<Observation>;
  } = {
    query: ({ namespace, pid, bytes, length }) => {
      const question = parseDnsQuestion(bytes, length);
      if (question !== undefined) return query({ namespace, pid, question, at: Math.trunc(now()) });
      telemetry.happened({ name: 'dnsMalformed', count: 1, what: 'message' });
      return EMPTY;
    },
    unreadable: () => {
      missed.unreadable();
      return EMPTY;
    },
    left: ({ namespace, count }) => {
      const owner = owners.of({ namespace });
      if (owner === undefined) missed.unattributed(count, 'left-in-kernel');
      else if (owner !== 'nobody') questions.missed(owner, count, Math.trunc(now()));
      return EMPTY;
    },
    lost: ({ count }) => {
      missed.lost(count);
      return EMPTY;
    },
    tick,
  };
  return {
    read: (text) => {
      const line = parseDnsLine(text);
      return line === undefined ? EMPTY : (readers[line.kind] as (of: DnsLine) => Observable<Observation>)(line);
    },
  };
}

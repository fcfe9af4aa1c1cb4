import { EMPTY, from, map, merge, type Observable } from 'rxjs';
import type { HostRef, Observation } from '../../../shared/observation.ts';
import type { Telemetry } from '../../../shared/telemetry/telemetry.ts';
import { type DnsLine, parseDnsLine } from '../../kernel/dns-line.ts';
import { type DnsQuestion, parseDnsQuestion } from '../../kernel/dns-question.ts';
import type { Patient } from '../../procfs/patient.ts';
import { createProcesses } from '../../procfs/processes.ts';
import type { SweptContainer } from '../../sweeps.ts';
import { processFacts } from '../connections.ts';
import { gapObservation } from '../gaps.ts';
import { createOwners } from './owners.ts';
import { createToldQuestions, type LeftOut } from './told.ts';
import { createTurns } from './turns.ts';

export interface ReaderOptions {
  readonly procfs: string;
  readonly patient: Patient;
  readonly telemetry: Telemetry;
  containers(): readonly SweptContainer[];
  host(): HostRef | undefined;
  now(): number;
  idOf(host: string, of: { container: string; pid: number; question: string; at: number }): string;
}

interface Query {
  readonly namespace: number;
  readonly pid: number;
  readonly question: DnsQuestion;
  readonly at: number;
}

/** The engine tells of a container within so long after it began. */
const waitMs = 5_000;
const mostWaiting = 1_000;

/** Questions that wait until a process of their container can be looked at. */
const mostTurns = { each: 200, all: 2_000 };
/** What waited longer is told without its process, which is likely to be another by then. */
const turnMs = 2_000;

/**
 * Turns the script's lines into observations. What a line says is decided when it comes; only what its process is may take time, and holds up nobody
 * but its own container.
 */
export function createReader(options: ReaderOptions): { read(line: string): Observable<Observation> } {
  const { telemetry, now } = options;
  const owners = createOwners(options);
  const questions = createToldQuestions();
  const turns = createTurns(mostTurns);
  const { describe } = createProcesses(options.procfs);
  let waiting: readonly Query[] = [];

  const query = (one: Query): Observable<Observation> => {
    const owner = owners.of(one);
    if (owner === 'nobody') return EMPTY;
    if (owner !== undefined) return tell(one, owner);
    if (now() - one.at < waitMs && waiting.length < mostWaiting) waiting = [...waiting, one];
    return EMPTY;
  };

  const tell = (one: Query, container: SweptContainer): Observable<Observation> => {
    const host = options.host();
    if (host === undefined) return EMPTY;
    const { question, pid, at } = one;
    const key = `${question.type} ${question.name}`;
    const untold = questions.ask(container.id, key, at, turns.hasRoom(container.id));
    if (untold === undefined) return EMPTY;
    const id = options.idOf(host.id, { container: container.id, pid, question: key, at });
    const since = now();
    const look = async () => (now() - since < turnMs ? options.patient(container.id, () => describe(pid)) : undefined);
    return from(turns.take(container.id, look)).pipe(
      map((process) => ({
        id,
        kind: 'dns',
        at,
        event: { source: 'kernel', action: 'query' },
        host,
        ...container.at(at),
        dns: { question, ...(untold > 0 && { untold }) },
        process: processFacts(process ?? { pid, args: [] }),
      })),
    );
  };

  const tick = (): Observable<Observation> => {
    const again = waiting;
    waiting = [];
    const found = again.map(query);
    const gaps = questions.leftOut(Math.trunc(now())).flatMap((left) => leftOutGap(left, options));
    return merge(from(gaps), ...found);
  };

  const readers: {
    readonly [K in DnsLine['kind']]: (line: Extract<DnsLine, { kind: K }>) => Observable<Observation>;
  } = {
    query: ({ namespace, pid, bytes, length }) => {
      const question = parseDnsQuestion(bytes, length);
      if (question !== undefined) return query({ namespace, pid, question, at: Math.trunc(now()) });
      telemetry.happened({ name: 'dnsMalformed', count: 1 });
      return EMPTY;
    },
    left: ({ namespace, count }) => {
      const owner = owners.of({ namespace });
      if (owner !== undefined && owner !== 'nobody') questions.missed(owner.id, count, Math.trunc(now()));
      return EMPTY;
    },
    lost: ({ count }) => from(lostGap(count, options)),
    tick,
  };
  return {
    read: (text) => {
      const line = parseDnsLine(text);
      return line === undefined ? EMPTY : (readers[line.kind] as (of: DnsLine) => Observable<Observation>)(line);
    },
  };
}

function leftOutGap({ container: id, from, to, count }: LeftOut, options: ReaderOptions): readonly Observation[] {
  options.telemetry.happened({ name: 'observationDropped', reason: 'too-many-queries', count });
  const host = options.host();
  const container = options.containers().find((one) => one.id === id);
  if (host === undefined || container === undefined) return [];
  const text = `it asked the DNS more often than is told: ${count} of its questions were left out`;
  const gap = { from, to, reason: 'too-many-queries', scope: ['dns'], lost: count, text } as const;
  return [{ ...gapObservation(host, gap, id), ...container.at(to) }];
}

function lostGap(count: number, { telemetry, host: hostOf, now }: ReaderOptions): readonly Observation[] {
  telemetry.happened({ name: 'observationDropped', reason: 'kernel-buffer-full', count });
  const host = hostOf();
  if (host === undefined) return [];
  const at = Math.trunc(now());
  const text = `the kernel had no room for ${count} of the questions to the DNS that the sensor dns was to be told`;
  return [
    gapObservation(host, { from: at - 1_000, to: at, reason: 'sensor-failed', scope: ['dns'], lost: count, text }),
  ];
}

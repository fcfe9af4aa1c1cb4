import { EMPTY, from, map, type Observable } from 'rxjs';
import type { HostRef, Observation } from '../../../shared/observation.ts';
import type { DnsQuestion } from '../../kernel/dns-question.ts';
import { shapeOf } from '../../kernel/dns-shape.ts';
import type { Patient } from '../../procfs/patient.ts';
import { createProcesses } from '../../procfs/processes.ts';
import type { SweptContainer } from '../../sweeps.ts';
import { processFacts } from '../connections.ts';
import type { Missed } from './missed.ts';
import type { ToldQuestions } from './told.ts';
import { createTurns } from './turns.ts';

export interface TellerOptions {
  readonly procfs: string;
  readonly patient: Patient;
  host(): HostRef | undefined;
  now(): number;
  idOf(host: string, of: { container: string; pid: number; question: string; at: number }): string;
}

/** A question that was seen. */
export interface Query {
  readonly namespace: number;
  readonly pid: number;
  readonly question: DnsQuestion;
  readonly at: number;
}

/** Questions that wait until a process of their container can be looked at. */
const mostTurns = { each: 200, all: 2_000 };
/** What waited longer is told without its process, which is likely to be another by then. */
const turnMs = 2_000;

/** What a container's question becomes: an observation once its process was looked at, or nothing, where it is counted with others. */
export function createTeller(
  options: TellerOptions,
  { missed, questions }: { readonly missed: Missed; readonly questions: ToldQuestions },
): (one: Query, container: SweptContainer) => Observable<Observation> {
  const { now } = options;
  const turns = createTurns(mostTurns);
  const { describe } = createProcesses(options.procfs);
  return (one, container) => {
    const host = options.host();
    if (host === undefined) {
      missed.unattributed(1, 'no-host');
      return EMPTY;
    }
    const { question, pid, at } = one;
    const key = `${question.type} ${question.name}`;
    const repeats = questions.ask(container, key, at, turns.hasRoom(container.id));
    if (repeats === undefined) return EMPTY;
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
        dns: { question: { ...question, ...shapeOf(question.name) }, ...(repeats > 0 && { untold: repeats }) },
        process: processFacts(process ?? { pid, args: [] }),
      })),
    );
  };
}

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

/** Turns the script's lines into observations. */
export function createReader(options: ReaderOptions): { read(line: string): Promise<readonly Observation[]> } {
  const { telemetry, now } = options;
  const owners = createOwners(options);
  const questions = createToldQuestions();
  const { describe } = createProcesses(options.procfs);
  let waiting: readonly Query[] = [];

  const query = async (one: Query): Promise<readonly Observation[]> => {
    const owner = owners.of(one);
    if (owner === 'nobody') return [];
    if (owner !== undefined) return tell(one, owner);
    if (now() - one.at < waitMs && waiting.length < mostWaiting) waiting = [...waiting, one];
    return [];
  };

  const tell = async (one: Query, container: SweptContainer): Promise<readonly Observation[]> => {
    const host = options.host();
    if (host === undefined) return [];
    const { question, pid, at } = one;
    const key = `${question.type} ${question.name}`;
    const untold = questions.ask(container.id, key, at);
    if (untold === undefined) return [];
    const process = await options.patient(container.id, () => describe(pid));
    return [
      {
        id: options.idOf(host.id, { container: container.id, pid, question: key, at }),
        kind: 'dns',
        at,
        event: { source: 'kernel', action: 'query' },
        host,
        ...container.at(at),
        dns: { question, ...(untold > 0 && { untold }) },
        process: processFacts(process ?? { pid, args: [] }),
      },
    ];
  };

  const tick = async (): Promise<readonly Observation[]> => {
    const again = waiting;
    waiting = [];
    const found: Observation[] = [];
    for (const one of again) found.push(...(await query(one)));
    return [...found, ...questions.leftOut(Math.trunc(now())).flatMap((left) => leftOutGap(left, options))];
  };

  const readers: {
    readonly [K in DnsLine['kind']]: (line: Extract<DnsLine, { kind: K }>) => Promise<readonly Observation[]>;
  } = {
    query: async ({ namespace, pid, bytes, length }) => {
      const question = parseDnsQuestion(bytes, length);
      if (question !== undefined) return query({ namespace, pid, question, at: Math.trunc(now()) });
      telemetry.happened({ name: 'dnsMalformed', count: 1 });
      return [];
    },
    left: async ({ namespace, count }) => {
      const owner = owners.of({ namespace });
      if (owner !== undefined && owner !== 'nobody') questions.missed(owner.id, count, Math.trunc(now()));
      return [];
    },
    lost: async ({ count }) => lostGap(count, options),
    tick,
  };
  return {
    read: async (text) => {
      const line = parseDnsLine(text);
      return line === undefined ? [] : (readers[line.kind] as (of: DnsLine) => Promise<readonly Observation[]>)(line);
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

import { ignoreElements, interval, merge, type Observable, tap } from 'rxjs';
import type { Observation } from '../../shared/observation.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { parseAnswersLine } from '../kernel/answers-line.ts';
import { answersScript } from '../kernel/answers-script.ts';
import { type KernelMeans, kernelMeans } from '../kernel/available.ts';
import type { RunningScript } from '../kernel/bpftrace.ts';
import { parseDnsAnswer } from '../kernel/dns-answer.ts';
import { createHeldScript } from '../kernel/held-script.ts';
import { ipScope } from '../procfs/ip-scope.ts';
import type { Sensor } from '../sensor.ts';
import { type EngineProcess, engineProcess, networkOf, without } from './dns/engine-process.ts';
import { createForwards } from './dns/forwards.ts';
import type { GivenNames } from './dns/given-names.ts';

export interface DnsAnswersOptions {
  readonly procfs: string;
  readonly telemetry: Telemetry;
  /** Where the names go; the sensor `connections` takes them from there. */
  readonly names: GivenNames;
  engineSocket(): string | undefined;
  now(): number;
  /** What this machine has for it, or why not; default: looked up. */
  means?(): Promise<KernelMeans | string>;
  /** Default: bpftrace. */
  start?(program: string, script: string): RunningScript;
}

/** How often it is asked whether the engine is the same process still. */
const sameMs = 5_000;

/** Answers that the engine's own resolver gives to containers, seen when it sends them (docs/collector.md). It tells nothing by itself. */
export function createDnsAnswersSensor(options: DnsAnswersOptions): Sensor {
  const { procfs, now, start } = options;
  const { means = () => kernelMeans(procfs, 'names of destinations') } = options;
  const script = createHeldScript({ without, start, now });
  let engine: EngineProcess | undefined;
  return {
    name: 'dns-answers',
    tier: 'kernel',
    available: async () => {
      const found = await means();
      if (typeof found === 'string') return found;
      const process = await engineProcess(procfs, options.engineSocket());
      if (typeof process === 'string') return process;
      engine = process;
      return script.load(found.program, answersScript(engine.pid));
    },
    observe: () => {
      const read = createAnswersReader(options, engine);
      const same$ = interval(sameMs).pipe(
        tap(() => {
          if (engine !== undefined && networkOf(procfs, engine.pid) !== engine.network)
            throw new Error('the engine is another process');
        }),
      );
      return merge(script.lines().pipe(tap(read)), same$).pipe(ignoreElements()) as Observable<Observation>;
    },
  };
}

function createAnswersReader({ telemetry, names, now }: DnsAnswersOptions, engine: EngineProcess | undefined) {
  const forwards = createForwards(engine?.network);
  const dropped = (count: number, reason: 'unreadable' | 'left-in-kernel' | 'not-forwarded' | 'no-room'): void =>
    telemetry.happened({ name: 'destinationNameDropped', count, reason });
  return (text: string): void => {
    const line = parseAnswersLine(text);
    if (line === undefined) return;
    const at = now();
    if (line.kind === 'left') dropped(line.count, 'left-in-kernel');
    else if (line.kind === 'unreadable') dropped(1, 'unreadable');
    else if (line.kind === 'forward') {
      if (forwards.add(line, at) === 'untrusted') names.distrust(line.namespace, at);
    } else {
      const answer = parseDnsAnswer(line.bytes);
      // Names of containers are the engine's own: it asks nobody, and they lead to what is near.
      if (answer?.addresses.some(({ ip }) => ipScope(ip) === 'public') !== true) return;
      if (!forwards.has(line.namespace, answer, at)) dropped(1, 'not-forwarded');
      else {
        const gone = names.give(line.namespace, answer, at);
        if (gone > 0) dropped(gone, 'no-room');
      }
    }
  };
}

import { concatMap, from, mergeMap, Observable, timeout } from 'rxjs';
import type { Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import { type KernelMeans, kernelMeans } from '../kernel/available.ts';
import { type RunningScript, startScript } from '../kernel/bpftrace.ts';
import { dnsScript } from '../kernel/dns-script.ts';
import { bootId } from '../procfs/host.ts';
import type { Sensor } from '../sensor.ts';
import { createReader, type ReaderOptions } from './dns/read.ts';

export interface DnsOptions extends Omit<ReaderOptions, 'idOf'> {
  /** What this machine has for it, or why not; default: looked up. */
  means?(): Promise<KernelMeans | string>;
  /** Default: bpftrace. */
  start?(program: string, script: string): RunningScript;
}

/** A script that could not be loaded is tried again after so long: it costs seconds of processor time. */
const brokenMs = 600_000;
/** A script that is ready and that nobody takes over is stopped. */
const takeOverMs = 5_000;
/** It ticks every second; on a machine without time to spare later. */
const silentMs = 60_000;

/** Names that processes of containers ask the DNS for, seen by the kernel when they send the question (docs/collector.md). */
export function createDnsSensor(options: DnsOptions): Sensor {
  const { procfs, now } = options;
  const { means = () => kernelMeans(procfs, 'DNS names'), start = startScript } = options;
  let running: RunningScript | undefined;
  let broken: { readonly until: number; readonly why: string } | undefined;
  return {
    name: 'dns',
    tier: 'kernel',
    available: async () => {
      const found = await means();
      if (typeof found === 'string') return found;
      if (broken !== undefined && now() < broken.until) return broken.why;
      const script = start(found.program, dnsScript(found.hostMount));
      const problem = await script.ready;
      if (problem !== undefined) {
        broken = { until: now() + brokenMs, why: `${problem}: no DNS names are seen` };
        return broken.why;
      }
      broken = undefined;
      running?.stop();
      running = script;
      setTimeout(() => {
        if (running === script) script.stop();
      }, takeOverMs).unref();
      return undefined;
    },
    observe: () => {
      const script = running;
      running = undefined;
      return script === undefined
        ? new Observable((nobody) => nobody.error(new Error('no script runs')))
        : told(script, options);
    },
  };
}

/** Until the script ends, which is an error, or nobody listens any more, which ends it. */
function told(script: RunningScript, options: DnsOptions): Observable<Observation> {
  const lines$ = new Observable<string>((subscriber) => {
    script.follow(
      (line) => subscriber.next(line),
      (why) => subscriber.error(new Error(why)),
    );
    return () => script.stop();
  }).pipe(timeout({ each: silentMs }));
  return from(bootId(options.procfs)).pipe(
    concatMap((boot) => {
      const { read } = createReader({ ...options, idOf: (host, of) => observationId.dns(host, { boot, ...of }) });
      return lines$.pipe(mergeMap(read));
    }),
  );
}

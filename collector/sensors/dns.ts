import { concatMap, from, mergeMap } from 'rxjs';
import { observationId } from '../../shared/observation-id.ts';
import { type KernelMeans, kernelMeans } from '../kernel/available.ts';
import type { RunningScript } from '../kernel/bpftrace.ts';
import { dnsScript } from '../kernel/dns-script.ts';
import { createHeldScript } from '../kernel/held-script.ts';
import { bootId } from '../procfs/host.ts';
import type { Sensor } from '../sensor.ts';
import { createReader, type ReaderOptions } from './dns/read.ts';

export interface DnsOptions extends Omit<ReaderOptions, 'idOf'> {
  /** What this machine has for it, or why not; default: looked up. */
  means?(): Promise<KernelMeans | string>;
  /** Default: bpftrace. */
  start?(program: string, script: string): RunningScript;
}

/** Names that processes of containers ask the DNS for, seen by the kernel when they send the question (docs/collector.md). */
export function createDnsSensor(options: DnsOptions): Sensor {
  const { procfs, now, start } = options;
  const { means = () => kernelMeans(procfs, 'DNS names') } = options;
  const script = createHeldScript({ without: 'no DNS names are seen', start, now });
  return {
    name: 'dns',
    tier: 'kernel',
    available: async () => {
      const found = await means();
      return typeof found === 'string' ? found : script.load(found.program, dnsScript(found.hostMount));
    },
    observe: () => {
      const lines$ = script.lines();
      return from(bootId(procfs)).pipe(
        concatMap((boot) => {
          const { read } = createReader({ ...options, idOf: (host, of) => observationId.dns(host, { boot, ...of }) });
          return lines$.pipe(mergeMap(read));
        }),
      );
    },
  };
}

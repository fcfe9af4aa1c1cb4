import { kernelMeans, kernelProgram } from '../../collector/kernel/available.ts';
import type { Config } from '../../shared/config/schema.ts';
import { type Finding, ok, warn } from './check.ts';

/** The kernel tier: what its scripts need. Whether the kernel takes them, the collector finds out. Optional: that it is not there is no fault. */
export async function checkKernel({ engine, sensors }: Pick<Config, 'engine' | 'sensors'>): Promise<Finding> {
  if (!sensors.dns.enabled) return ok('kernel', 'switched off (sensors.dns.enabled): DNS names are not looked for');
  const found = await kernelMeans(engine.procfs, 'DNS names');
  if (typeof found !== 'string') return ok('kernel', `${found.program}, with tracepoints and types of the kernel`);
  if ((await kernelProgram()) === undefined) return ok('kernel', found);
  return warn('kernel', found, 'nothing, if that is not wanted; docs/collector.md has what it needs');
}

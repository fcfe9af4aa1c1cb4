import { kernelMeans } from '../../collector/kernel/available.ts';
import type { Config } from '../../shared/config/schema.ts';
import { type Finding, ok, warn } from './check.ts';

/** The kernel tier: what its scripts need. Whether the kernel takes them, the collector finds out. */
export async function checkKernel({ engine, sensors }: Pick<Config, 'engine' | 'sensors'>): Promise<Finding> {
  if (!sensors.dns.enabled) return ok('kernel', 'switched off: DNS names are not looked for');
  const found = await kernelMeans(engine.procfs, 'DNS names');
  if (typeof found !== 'string') return ok('kernel', `${found.program}, with tracepoints and types of the kernel`);
  return warn('kernel', found, 'nothing, if that is not wanted; docs/collector.md has what it needs');
}

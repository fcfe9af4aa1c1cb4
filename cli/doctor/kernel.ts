import { kernelMeans, kernelProgram } from '../../collector/kernel/available.ts';
import { engineProcess } from '../../collector/sensors/dns/engine-process.ts';
import type { Config } from '../../shared/config/schema.ts';
import { type Finding, ok, warn } from './check.ts';

const optional = 'nothing, if that is not wanted; docs/collector.md has what it needs';

export interface KernelChecks {
  readonly config: Pick<Config, 'engine' | 'sensors'>;
  /** Path of the engine's socket, if it has one. */
  engineSocket(): string | undefined;
  /** Default: kernelMeans. */
  readonly means?: typeof kernelMeans;
}

/** The kernel tier: what its scripts need. Whether the kernel takes them, the collector finds out. Optional: that it is not there is no fault. */
export async function checkKernel(of: KernelChecks): Promise<readonly Finding[]> {
  const { engine, sensors } = of.config;
  const { means = kernelMeans } = of;
  if (!sensors.dns.enabled) return [ok('kernel', 'switched off (sensors.dns.enabled): DNS names are not looked for')];
  const found = await means(engine.procfs, 'DNS names');
  if (typeof found === 'string')
    return [(await kernelProgram()) === undefined ? ok('kernel', found) : warn('kernel', found, optional)];
  return [ok('kernel', `${found.program}, with tracepoints and types of the kernel`), ...(await checkNames(of))];
}

/** Names of destinations come from what the engine's process sends. */
async function checkNames({ config: { engine, sensors }, engineSocket }: KernelChecks): Promise<readonly Finding[]> {
  if (!sensors.connections.enabled) return [];
  const found = await engineProcess(engine.procfs, engineSocket());
  if (typeof found === 'string') return [warn('names', found, optional)];
  return [ok('names', `the engine is process ${found.pid}: destinations can have names`)];
}

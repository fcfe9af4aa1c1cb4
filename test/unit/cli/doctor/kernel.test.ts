import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkKernel, type KernelChecks } from '../../../../cli/doctor/kernel.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { fakeProcfs } from '../../../support/procfs.ts';

afterEach(() => vi.unstubAllEnvs());

const config = configSchema.parse({});
const wanted = configSchema.parse({ sensors: { dns: { enabled: true } } });
const engineSocket = () => '/var/run/docker.sock';

describe('the kernel tier of doctor', () => {
  it('is off unless it is wanted, which is no fault', async () => {
    expect(config.sensors.dns.enabled).toBe(false);
    const [found, ...others] = await checkKernel({ config, engineSocket });
    expect(found?.status).toBe('ok');
    expect(found?.text).toMatch(/^switched off/);
    expect(others).toEqual([]);
  });

  it('has no fault where bpftrace is not installed', async () => {
    vi.stubEnv('PATH', '/no/such/directory');
    const [found, ...others] = await checkKernel({ config: wanted, engineSocket });
    expect(found?.status).toBe('ok');
    expect(found?.text).toMatch(/bpftrace is not in PATH/);
    expect(others).toEqual([]);
  });

  it('says whether the engine’s process is found, without which destinations have no names', async () => {
    const host = fakeProcfs();
    const check = async (more: Partial<KernelChecks> = {}) => {
      const of = { ...wanted, engine: { ...wanted.engine, procfs: host.procfs } };
      const means = () => Promise.resolve({ program: '/usr/bin/bpftrace', hostMount: 1 });
      const [kernel, ...others] = await checkKernel({ config: of, engineSocket, means, ...more });
      expect(kernel).toMatchObject({ status: 'ok', about: 'kernel' });
      return others.map(({ status, text }) => `${status} ${text}`);
    };
    expect(await check()).toEqual([
      expect.stringMatching(/^warn no process of the host, or more than one, listens on/),
    ]);
    host.addProcess({ pid: 50, sockets: [99] });
    host.write('50/status', 'NSpid:\t50\n');
    host.setUnix(50, [{ inode: 99, path: '/run/docker.sock', listening: true }]);
    expect(await check()).toEqual(['ok the engine is process 50: destinations can have names']);
    expect(await check({ engineSocket: () => undefined })).toEqual([
      expect.stringMatching(/^warn the engine is not asked over its own socket/),
    ]);
    const sensors = { ...wanted.sensors, connections: { ...wanted.sensors.connections, enabled: false } };
    expect(await check({ config: { ...wanted, sensors } })).toEqual([]);
    host.remove();
  });
});

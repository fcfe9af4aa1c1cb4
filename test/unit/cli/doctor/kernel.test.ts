import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkKernel } from '../../../../cli/doctor/kernel.ts';
import { configSchema } from '../../../../shared/config/schema.ts';

afterEach(() => vi.unstubAllEnvs());

describe('the kernel tier of doctor', () => {
  const config = configSchema.parse({});

  it('is off unless it is wanted, which is no fault', async () => {
    expect(config.sensors.dns.enabled).toBe(false);
    const found = await checkKernel(config);
    expect(found.status).toBe('ok');
    expect(found.text).toMatch(/^switched off/);
  });

  it('has no fault where bpftrace is not installed', async () => {
    vi.stubEnv('PATH', '/no/such/directory');
    const { engine, sensors } = config;
    const found = await checkKernel({ engine, sensors: { ...sensors, dns: { enabled: true } } });
    expect(found.status).toBe('ok');
    expect(found.text).toMatch(/bpftrace is not in PATH/);
  });
});

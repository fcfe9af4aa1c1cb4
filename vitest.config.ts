import { defineConfig } from 'vitest/config';

/** A tier of tests: its folder is its name. Real parts (engine, broker) are slow to start, so those tiers run one file at a time. */
function tier(name: string, options: { timeout: number; serial: boolean }) {
  return {
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      testTimeout: options.timeout,
      hookTimeout: options.timeout * 2,
      pool: 'forks' as const,
      fileParallelism: !options.serial,
    },
  };
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      tier('unit', { timeout: 10_000, serial: false }),
      tier('contract', { timeout: 120_000, serial: true }),
      tier('integration', { timeout: 120_000, serial: true }),
      tier('e2e', { timeout: 180_000, serial: true }),
    ],
  },
});

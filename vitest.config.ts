import { defineConfig } from 'vitest/config';

/** A tier of tests: its folder is its name unless it says another. Real parts (engine, broker) are slow to start, so those tiers run one file at a time. */
interface Tier {
  readonly timeout: number;
  readonly serial: boolean;
  /** Default: the tier's name. */
  readonly folder?: string;
  readonly globalSetup?: string;
  /** Default: none. */
  readonly setupFiles?: string;
  /** Files of the folder that belong to another tier alone. */
  readonly exclude?: string;
}

function tier(name: string, { folder = name, ...options }: Tier) {
  return {
    test: {
      name,
      include: [`test/${folder}/**/*.test.ts`],
      ...(options.exclude === undefined ? {} : { exclude: [options.exclude] }),
      ...(options.globalSetup === undefined ? {} : { globalSetup: options.globalSetup }),
      ...(options.setupFiles === undefined ? {} : { setupFiles: [options.setupFiles] }),
      testTimeout: options.timeout,
      hookTimeout: options.timeout * 2,
      pool: 'forks' as const,
      fileParallelism: !options.serial,
    },
  };
}

const setupFiles = 'test/support/again.ts';

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      tier('unit', { timeout: 60_000, serial: false }),
      tier('contract', { timeout: 120_000, serial: true }),
      tier('integration', { timeout: 120_000, serial: true, setupFiles }),
      tier('e2e', { timeout: 180_000, serial: true, setupFiles }),
      // The same scenarios with Kafka between the parts. Those of a fleet have brokers of their own, which they kill; those of the benign corpus and
      // of a user's rules say nothing of the bus: once is enough.
      tier('e2e-kafka', {
        folder: 'e2e',
        exclude: 'test/e2e/{fleet-*,benign,home-lab,rules-of-users}.test.ts',
        timeout: 180_000,
        serial: true,
        setupFiles,
        globalSetup: 'test/support/kafka/tier.ts',
      }),
    ],
  },
});

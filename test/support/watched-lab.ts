import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Lab, startLab } from './lab.ts';
import { type Moorwatch, startMoorwatch } from './moorwatch.ts';

/** An engine of a test file's own, and `moorwatch up` that watches it. Each test, and each try of one, has a state directory of its own. */
export interface WatchedLab {
  readonly lab: Lab;
  readonly stateDir: string;
  /** Watches; also again, after it was stopped, with the state of before. */
  start(): Promise<Moorwatch>;
}

/** @param config lines of moorwatch.yml */
export function watchedLab(config: string): WatchedLab {
  let lab: Lab | undefined;
  let moorwatch: Moorwatch | undefined;
  let stateDir: string | undefined;
  const theLab = (): Lab => thereIs(lab);
  beforeAll(() => {
    lab = startLab();
  });
  // Also of a first try that failed nothing is left.
  beforeEach(async () => {
    await theLab().clean();
    stateDir = mkdtempSync(join(tmpdir(), 'moorwatch-state-'));
  });
  afterEach(async () => {
    await moorwatch?.stop();
    moorwatch = undefined;
    if (stateDir !== undefined) rmSync(stateDir, { recursive: true, force: true });
    stateDir = undefined;
  });
  afterAll(async () => {
    await lab?.clean();
    lab?.stop();
  });
  return {
    get lab() {
      return theLab();
    },
    get stateDir() {
      return thereIs(stateDir);
    },
    start: async () => {
      moorwatch = await startMoorwatch({ engine: theLab().host, stateDir: thereIs(stateDir), config });
      await moorwatch.ready();
      return moorwatch;
    },
  };
}

function thereIs<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a lab is there within tests alone');
  return value;
}

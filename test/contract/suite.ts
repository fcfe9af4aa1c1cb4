import { describe } from 'vitest';
import type { BusUnderTest } from '../support/bus/under-test.ts';
import { logCases } from './suite/log.ts';
import { positionCases } from './suite/position.ts';
import { stageCases } from './suite/stage.ts';
import { takeoverCases } from './suite/takeover.ts';
import { timeCases } from './suite/time.ts';

export type OpenBusUnderTest = () => Promise<BusUnderTest>;

/**
 * What every bus promises (shared/bus/port.ts). Each case runs on a log of its own. `longMs` is longer than the session or lease of the
 * instances that `open` makes.
 */
export function busContract(name: string, open: OpenBusUnderTest, { longMs = 15_000 } = {}): void {
  describe(`bus contract: ${name}`, () => {
    logCases(open);
    positionCases(open);
    stageCases(open);
    takeoverCases(open);
    timeCases(open, longMs);
  });
}

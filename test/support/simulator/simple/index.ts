import { createEwma } from './ewma.ts';
import { createFirstSeen } from './first-seen.ts';
import type { SimpleBaseline } from './simple-baseline.ts';
import { createZScore } from './z-score.ts';

/** New ones of each, with nothing learned. */
export const createSimpleBaselines = (): readonly SimpleBaseline[] => [createFirstSeen(), createZScore(), createEwma()];

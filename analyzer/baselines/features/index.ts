import type { Feature } from '../feature.ts';
import { egressDestinations } from './egress-destinations.ts';
import { execCommands } from './exec-commands.ts';

/** Every feature that baselines learn. */
export const features: readonly Feature[] = [execCommands, egressDestinations];

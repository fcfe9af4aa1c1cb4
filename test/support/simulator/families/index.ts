import type { Family } from '../world.ts';
import { batch } from './batch.ts';
import { chatty } from './chatty.ts';
import { ci } from './ci.ts';
import { database } from './database.ts';
import { deploys } from './deploys.ts';
import { replicas } from './replicas.ts';
import { web } from './web.ts';

/** Every kind of workload that is simulated. */
export const families: readonly Family[] = [web, database, batch, ci, replicas, chatty, deploys];

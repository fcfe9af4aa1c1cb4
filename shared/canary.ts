import { z } from 'zod';

/**
 * A harmless thing that never happened: the collector tells of it now and then, the analyzer judges it and passes it on, so does the incident stage, and it is expected
 * at every sink within a bound. Where none arrives, the chain is broken, however well each part says that it is.
 */
export const canaryRecordSchema = z.object({
  type: z.literal('canary'),
  /** Id of the observation. */
  id: z.string(),
  /** When the collector told of it, ms. */
  at: z.number(),
  host: z.object({ id: z.string(), name: z.string() }),
});
export type CanaryRecord = z.infer<typeof canaryRecordSchema>;

/** A canary has a way to go, and clocks differ. */
const graceMs = 60_000;

/** For how long none may come before it is missed, ms. @param everyMs how often a host tells one */
export const canaryPatienceMs = (everyMs: number): number => 2 * everyMs + graceMs;

/** Header of its record in the topic `incidents`, so that whoever wants incidents alone passes it over. */
export const canaryHeader = 'moorwatch-canary';

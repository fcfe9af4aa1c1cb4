import { z } from 'zod';
import { milliseconds, secretFile } from '../fields.ts';
import { http } from './http.ts';

const label = z.string().min(1).max(255);

export const splunk = z.strictObject({
  type: z.literal('splunk'),
  ...http,
  tokenFile: secretFile.describe('file with the token of an HTTP Event Collector'),
  index: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,79}$/, 'must be the name of an index: small letters, digits, _ and -')
    .optional()
    .describe('index of splunk; default: the one of the token'),
  source: label.default('moorwatch').describe('of splunk'),
  sourcetype: label.default('moorwatch:incident').describe('of splunk'),
  acknowledge: z
    .boolean()
    .default(true)
    .describe(
      'wait until the indexer has events on its disk; off where the token gives no acknowledgements (Splunk Cloud)',
    ),
  acknowledgeTimeoutMs: milliseconds.default(60_000).describe('without one for so long, events are sent again'),
});

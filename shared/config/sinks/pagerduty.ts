import { z } from 'zod';
import { secretFile } from '../fields.ts';
import { http } from './http.ts';

export const pagerduty = z.strictObject({
  type: z.literal('pagerduty'),
  ...http,
  url: http.url.default('https://events.pagerduty.com/v2/enqueue'),
  routingKeyFile: secretFile.describe('file with the integration key of a PagerDuty service'),
});

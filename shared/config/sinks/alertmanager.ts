import { z } from 'zod';
import { secretFile } from '../fields.ts';
import { http } from './http.ts';

export const alertmanager = z.strictObject({
  type: z.literal('alertmanager'),
  ...http,
  headersFile: secretFile.optional().describe('file with one `Name: value` a line'),
  holdMinutes: z
    .number()
    .positive()
    .max(525_600)
    .default(10_080)
    .describe('an open alert fires so long without another update (alertmanager)'),
});

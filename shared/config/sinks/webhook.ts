import { z } from 'zod';
import { secretFile } from '../fields.ts';
import { formatted } from './format.ts';
import { http } from './http.ts';

export const webhook = z.strictObject({
  type: z.literal('webhook'),
  ...http,
  headersFile: secretFile.optional().describe('file with one `Name: value` a line'),
  secretFile: secretFile.optional().describe('file with one signing key a line, `whsec_` and base64'),
  ...formatted,
});

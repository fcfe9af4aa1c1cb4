import { z } from 'zod';
import { secretFile } from '../fields.ts';
import { http } from './http.ts';

/** The address is the secret, so it is in a file. */
const { url: _, ...overHttp } = http;

export const slack = z.strictObject({
  type: z.literal('slack'),
  ...overHttp,
  urlFile: secretFile.describe('file with the address of the incoming webhook'),
});

import { z } from 'zod';
import { megabytes } from '../fields.ts';
import { formatted } from './format.ts';

export const file = z.strictObject({
  type: z.literal('file'),
  path: z.string(),
  rotateMegabytes: megabytes
    .optional()
    .describe('a file that would become larger is renamed to <path>.1; default: never, something else rotates it'),
  keep: z.number().int().min(1).max(1_000).default(5).describe('renamed files that are kept, with rotateMegabytes'),
  ...formatted,
});

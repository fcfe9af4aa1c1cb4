import { z } from 'zod';
import { http } from './http.ts';

export const heartbeat = z.strictObject({
  type: z.literal('heartbeat'),
  ...http,
  everyMinutes: z
    .number()
    .positive()
    .max(1_440)
    .default(5)
    .describe('url is asked for this often while Moorwatch sees and tells'),
});

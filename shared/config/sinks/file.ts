import { z } from 'zod';

export const file = z.strictObject({ type: z.literal('file'), path: z.string() });

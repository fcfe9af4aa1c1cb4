import { z } from 'zod';
import { messageFormats, ocsfClasses } from '../../message-format.ts';

/** Of every sink that carries any text. */
export const formatted = {
  format: z.enum(messageFormats).default('moorwatch').describe('of file, webhook and kafka: how an update is written'),
  ocsfClass: z
    .enum(ocsfClasses)
    .optional()
    .describe('with format ocsf: Incident Finding (2005), Detection Finding (2004), or both (default)'),
};

import { z } from 'zod';

export const milliseconds = z.number().int().positive();
export const megabytes = z.number().positive();
/** Secrets live in files, never in the configuration. */
export const secretFile = z.string().describe('path of a file that holds the secret');

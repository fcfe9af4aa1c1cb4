import { z } from 'zod';
import { milliseconds } from '../fields.ts';

/** Of every sink that reaches its receiver over HTTP. */
export const http = {
  url: z.url(),
  timeoutMs: milliseconds.default(10_000),
  ca: z.string().optional().describe('PEM file of the authority that signed the receiver’s certificate'),
  cert: z.string().optional().describe('PEM file of our own certificate, for a receiver that asks for one'),
  key: z.string().optional().describe('PEM file of its key'),
};

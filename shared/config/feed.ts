import { z } from 'zod';
import { secretFile } from './fields.ts';

const port = z.number().int().min(0).max(65_535);

/** A client of its own: what it may do, and the name by which the audit log knows it. */
const token = z.strictObject({
  name: z.string().min(1).max(64),
  file: secretFile.describe('path of the file that holds the token; made with a random one when it is absent'),
  role: z
    .enum(['read', 'acknowledge', 'administer'])
    .default('read')
    .describe('acknowledge: may decide about single incidents and items, too; administer: everything'),
});

const tls = z.strictObject({
  host: z.string().default('0.0.0.0'),
  port: port.default(7374).describe('0: any free port'),
  cert: z.string().describe('PEM file of the certificate and those between it and its authority'),
  key: z.string().describe('PEM file of its key'),
});

export const feed = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: port.default(7373).describe('0: any free port'),
  allowedHosts: z.array(z.string()).default([]).describe('further Host names that clients may use'),
  allowedOrigins: z.array(z.string()).default([]),
  tokenFile: z.string().optional().describe('default: feed.token in the state directory'),
  tokens: z.array(token).default([]).superRefine(eachOnce).describe('tokens of other clients, with fewer rights'),
  tls: tls.optional().describe('listens with TLS too, for clients on other machines'),
  clients: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('most clients by WebSocket, and most by server-sent events'),
});

function eachOnce(tokens: readonly { readonly name: string }[], context: z.RefinementCtx): void {
  const names = new Set<string>();
  for (const [index, { name }] of tokens.entries()) {
    if (names.has(name))
      context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is in use for another token' });
    names.add(name);
  }
}

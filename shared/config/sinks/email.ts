import { z } from 'zod';
import { milliseconds, secretFile } from '../fields.ts';
import { http } from './http.ts';

const address = z
  .string()
  .max(254)
  .regex(/^[^\s<>@",;:()[\]\\]+@[^\s<>@",;:()[\]\\]+$/, 'must be an address without a name, such as soc@example.com')
  .regex(/^[\x21-\x7e]*$/, 'must be ASCII');

export const email = z
  .strictObject({
    type: z.literal('email'),
    host: z.string().min(1).describe('the server for outgoing mail'),
    port: z
      .number()
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('default: 587 with starttls, 465 with implicit, 25 with none'),
    tls: z.enum(['starttls', 'implicit', 'none']).default('starttls').describe('none: not encrypted, without a login'),
    timeoutMs: milliseconds.default(60_000),
    ca: http.ca,
    cert: http.cert,
    key: http.key,
    serverName: z.string().min(1).optional(),
    user: z.string().min(1).optional().describe('for the login at the mail server'),
    passwordFile: secretFile.optional(),
    from: address,
    to: z.array(address).min(1).max(100),
  })
  .superRefine(({ tls, user, passwordFile }, context) => {
    if ((user === undefined) !== (passwordFile === undefined)) {
      const path = [user === undefined ? 'user' : 'passwordFile'];
      context.addIssue({ code: 'custom', path, message: 'user and passwordFile go together: one is missing' });
    }
    if (user !== undefined && tls === 'none')
      context.addIssue({ code: 'custom', path: ['tls'], message: 'a password is never sent unencrypted' });
  });

import { z } from 'zod';
import { milliseconds, secretFile } from '../fields.ts';
import { allowUnencrypted } from './unencrypted.ts';

/** Credentials in it would be a secret in the configuration. */
const proxyAddress = z
  .url()
  .refine(
    (text) => /^http:\/\/[^@/?#]+\/?$/i.test(text),
    'must be http:// with host and port, such as http://proxy.example:3128; credentials go into proxyCredentialsFile',
  );

/** Of every sink that reaches its receiver over HTTP. */
export const http = {
  url: z.url(),
  timeoutMs: milliseconds.default(10_000),
  ca: z.string().optional().describe('PEM file of the authority that signed the receiver’s certificate'),
  cert: z.string().optional().describe('PEM file of our own certificate, for a receiver that asks for one'),
  key: z.string().optional().describe('PEM file of its key'),
  proxy: proxyAddress
    .optional()
    .describe('address of a proxy to go through by CONNECT; default: none, whatever HTTPS_PROXY says'),
  proxyCredentialsFile: secretFile.optional().describe('file with one line `user:password` for the proxy'),
  allowUnencrypted,
};

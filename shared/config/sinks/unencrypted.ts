import { z } from 'zod';

/** Of every sink that sends a credential over HTTP. */
export const allowUnencrypted = z
  .boolean()
  .optional()
  .describe('credentials may go to another machine over http://, where everybody on the way can read them');

/** Fields with a file whose content is sent. (What only signs is not.) */
const sent = ['headersFile', 'passwordFile', 'apiKeyFile', 'tokenFile', 'routingKeyFile'] as const;

/** Whether what is sent to this address can be read on the way: it is not encrypted, and another machine's. What is no address is not: others say so. */
export function isReadable(address: string): boolean {
  // A check of the whole runs although that of the address failed.
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !/^(127(\.\d{1,3}){3}|\[::1\]|(.+\.)?localhost\.?)$/.test(hostname);
}

/** A password is never sent unencrypted, unless somebody wants it so. */
export function checkEncryption(
  { sinks }: { readonly sinks: Readonly<Record<string, Readonly<Record<string, unknown>>>> },
  context: z.RefinementCtx,
): void {
  for (const [name, sink] of Object.entries(sinks)) {
    const { url, allowUnencrypted: isAllowed } = sink;
    if (isAllowed === true || typeof url !== 'string' || !isReadable(url)) continue;
    const credential = sent.find((one) => sink[one] !== undefined) ?? withinAddress(url);
    if (credential === undefined) continue;
    const message = `is not encrypted, and ${credential} would be sent there: begin it with https://, or set allowUnencrypted: true`;
    context.addIssue({ code: 'custom', path: ['sinks', name, 'url'], message });
  }
}

/** `http://user:password@…` is sent as Basic authentication. */
function withinAddress(url: string): string | undefined {
  const { username, password } = new URL(url);
  return username + password === '' ? undefined : 'its user and password';
}

import { z } from 'zod';

/** Of every sink over HTTP: each may send a credential, to a proxy at least. */
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

type Sink = Readonly<Record<string, unknown>>;

/** A password is never sent unencrypted, unless somebody wants it so. */
export function checkEncryption(
  { sinks }: { readonly sinks: Readonly<Record<string, Sink>> },
  context: z.RefinementCtx,
): void {
  for (const [name, sink] of Object.entries(sinks)) {
    if (sink.allowUnencrypted === true) continue;
    const add = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: ['sinks', name, field], message });
    const toReceiver = sentTo(sink);
    if (toReceiver !== undefined)
      add(
        'url',
        `is not encrypted, and ${toReceiver} would be sent there: begin it with https://, or set allowUnencrypted: true`,
      );
    if (typeof sink.proxy === 'string' && isReadable(sink.proxy) && sink.proxyCredentialsFile !== undefined)
      add(
        'proxy',
        'is not encrypted, and proxyCredentialsFile would be sent there: take a proxy that asks for none, or one on this machine, or set allowUnencrypted: true',
      );
  }
}

/** The credential that would be sent to the address of this sink and can be read on the way. */
function sentTo(sink: Sink): string | undefined {
  const { type, url } = sink;
  if (typeof url !== 'string' || !isReadable(url)) return undefined;
  return sent.find((one) => sink[one] !== undefined) ?? withinAddress(url, type === 'heartbeat');
}

/** `http://user:password@…` is sent as Basic authentication; by its path a dead man's switch knows whose beat it is, and so may who forges one. */
function withinAddress(address: string, isSecretItself: boolean): string | undefined {
  const { username, password, pathname, search } = new URL(address);
  if (username + password !== '') return 'its user and password';
  return isSecretItself && pathname + search !== '/' ? 'its path, which is a secret of heartbeats,' : undefined;
}

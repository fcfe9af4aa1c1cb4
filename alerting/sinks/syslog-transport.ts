import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext, type ConnectionOptions as TlsOptions } from 'node:tls';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import { readPems } from './read-file.ts';
import type { SyslogTransport } from './syslog-delivery.ts';
import { createStreamTransport } from './syslog-stream.ts';
import { createUdpTransport } from './syslog-udp.ts';

/** How a sink reaches a syslog receiver; the same members in the configuration of each. */
export interface SyslogTransportOptions {
  /** `udp://`, `tcp://` or `tls://` with a host and perhaps a port. */
  readonly url: string;
  readonly timeoutMs: number;
  /** PEM file of the authority that signed the receiver's certificate; default: those that Node.js knows. */
  readonly ca?: string | undefined;
  /** PEM files of our own certificate and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the receiver's certificate must have; default: the host of `url`. */
  readonly serverName?: string | undefined;
}

/** Registered for syslog over UDP (RFC 5426) and TLS (RFC 5425); over TCP no port is, daemons use the one of UDP (RFC 6587 §3.2). */
const defaultPorts: Readonly<Record<string, number>> = { 'udp:': 514, 'tcp:': 514, 'tls:': 6514 };

/** @throws UserError when a file cannot be read or is no certificate */
export function createSyslogTransport(options: SyslogTransportOptions): SyslogTransport {
  const { protocol, hostname, port } = new URL(options.url);
  const place = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (defaultPorts[protocol] ?? 514) : Number(port),
  };
  const { timeoutMs } = options;
  if (protocol === 'udp:') return createUdpTransport({ ...place, timeoutMs });
  const tls = protocol === 'tls:' ? tlsOf(options, place.host) : undefined;
  return createStreamTransport({ ...place, timeoutMs, tls });
}

/**
 * Longest message, where the configuration says nothing: over UDP what every receiver should take (RFC 5424 §6.1, RFC 5426 §3.2), over a
 * stream what they should (RFC 5425 §4.3.1).
 */
export const mostBytes = ({ url, maxBytes }: { url: string; maxBytes?: number | undefined }): number =>
  maxBytes ?? (/^udp:/i.test(url) ? 2_048 : 8_192);

function tlsOf({ serverName, ...files }: SyslogTransportOptions, host: string): TlsOptions {
  const name = serverName ?? host;
  return {
    secureContext: contextOf(readPems(files)),
    // Server name indication has no place for addresses (RFC 6066 §3).
    ...(isIP(name) === 0 && { servername: name }),
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  };
}

function contextOf(files: Parameters<typeof createSecureContext>[0]) {
  try {
    return createSecureContext({ ...files, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new UserError(`ca, cert and key make no TLS: ${messageOf(error)}`, {
      fix: 'each must be a PEM file, and key must belong to cert',
      code: exitCode.config,
      cause: error,
    });
  }
}

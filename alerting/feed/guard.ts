import type { Problem } from './problem.ts';

export interface GuardOptions {
  /** Names by which clients may call the feed, besides loopback and the address they connected to. */
  readonly allowedHosts: readonly string[];
  /** Origins of pages that may call it, besides its own. */
  readonly allowedOrigins: readonly string[];
}

export interface Claimed {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** Address of our end of the connection. */
  readonly localAddress: string | undefined;
}

/**
 * A page of the wider web that reaches us through the browser of somebody inside names its own host (DNS rebinding) or its own origin.
 * Both must be known; programs send no Origin.
 */
export function createGuard(options: GuardOptions): (claimed: Claimed) => Problem | undefined {
  const hosts = new Set(['localhost', '127.0.0.1', '[::1]', ...options.allowedHosts.map((host) => host.toLowerCase())]);
  const origins = new Set(options.allowedOrigins.map((origin) => origin.toLowerCase()));

  return ({ host, origin, localAddress }) => {
    const name = hostName(host);
    if (name === undefined || !(hosts.has(name) || name === addressName(localAddress))) return wrongHost;
    if (origin === undefined) return undefined;
    const own = `://${host?.toLowerCase()}`;
    const isOwn = origin.toLowerCase() === `http${own}` || origin.toLowerCase() === `https${own}`;
    return isOwn || origins.has(origin.toLowerCase()) ? undefined : wrongOrigin;
  };
}

/** Host header without its port, lower case; undefined when it is none. */
function hostName(header: string | undefined): string | undefined {
  return /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(header ?? '')?.[1]?.toLowerCase();
}

/** As the address is spelled in a Host header; IPv4 that came in on an IPv6 socket is IPv4. */
function addressName(address: string | undefined): string | undefined {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/, '');
  return plain?.includes(':') === true ? `[${plain}]` : plain;
}

const wrongHost: Problem = {
  status: 421,
  code: 'unknown-host',
  message: 'the Host header names no host that this feed serves',
  fix: 'call it by localhost or its address, or add the name to feed.allowedHosts',
};

const wrongOrigin: Problem = {
  status: 403,
  code: 'unknown-origin',
  message: 'pages of this origin may not call the feed',
  fix: 'add the origin to feed.allowedOrigins',
};

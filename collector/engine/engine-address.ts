import { lookup } from 'node:dns/promises';

const everyMs = 30_000;
/** A proxy that is just being made has no name yet. */
const unknownMs = 1_000;

/**
 * The address behind `tcp://host:port`, looked up now and then: a proxy that is made again has another one. Undefined for anything else, and while
 * its name is not known.
 */
export type EngineAddress = (olderMs?: number) => Promise<string | undefined>;

/** Looks up what is older than it is asked for (default: 30 s), and what is not known after a second. */
export function createEngineAddress(options: {
  /** As people write it. */
  address(): string | undefined;
  now(): number;
  readonly find?: (host: string) => Promise<string>;
}): EngineAddress {
  const { find = async (host) => (await lookup(host)).address } = options;
  let known: { readonly host: string; readonly at: number; readonly ip: string | undefined } | undefined;
  return async (olderMs = everyMs) => {
    const host = hostIn(options.address());
    if (host === undefined) return undefined;
    const now = options.now();
    const restMs = known?.ip === undefined ? unknownMs : olderMs;
    if (known?.host === host && now - known.at < restMs) return known.ip;
    const before = known?.host === host ? known.ip : undefined;
    known = { host, at: now, ip: before };
    const ip = await find(host).catch(() => before);
    known = { host, at: now, ip };
    return ip;
  };
}

function hostIn(address: string | undefined): string | undefined {
  if (address?.startsWith('tcp://') !== true || !URL.canParse(address)) return undefined;
  return new URL(address.replace('tcp:', 'http:')).hostname.replace(/^\[|\]$/g, '');
}

/** What a DNS query asks for. */
export interface DnsQuestion {
  /** As in DnsFacts. */
  readonly name: string;
  readonly type: string;
}

export const headerBytes = 12;
const longestLabel = 63;
/** Labels with their lengths and the zero at the end (RFC 1035 section 2.3.4). */
const longestName = 255;
const longestText = 253;

/** Those that are asked for, by their numbers at IANA. */
const types: ReadonlyMap<number, string> = new Map(
  Object.entries({
    A: 1,
    NS: 2,
    CNAME: 5,
    SOA: 6,
    NULL: 10,
    PTR: 12,
    HINFO: 13,
    MX: 15,
    TXT: 16,
    AAAA: 28,
    SRV: 33,
    NAPTR: 35,
    DS: 43,
    SSHFP: 44,
    DNSKEY: 48,
    TLSA: 52,
    SVCB: 64,
    HTTPS: 65,
    AXFR: 252,
    ANY: 255,
    CAA: 257,
  }).map(([name, number]) => [number, name]),
);

/** IN, CH, any; and IN with the bit by which multicast DNS asks for an answer to itself. */
const classes = new Set([1, 3, 255, 0x8001]);

/** Additional records: of a query EDNS, a cookie or a signature. */
const mostAdditional = 2;
/** A record of no name and no data: a zero, type, class, time, length. */
const leastRecord = 11;

/**
 * The question of a whole query as it is sent over UDP (RFC 1035 section 4.1); undefined when it is none: other flags or counts, a label that is too
 * long or points elsewhere, another class, bytes behind its end. `length`: of the message, where `bytes` are only its beginning.
 */
export function parseDnsQuestion(bytes: Uint8Array, length = bytes.length): DnsQuestion | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes || length < bytes.length) return undefined;
  const additional = view.getUint16(10);
  const isQuery = (view.getUint8(2) & 0xf8) === 0 && (view.getUint8(3) & 0x0f) === 0;
  const isOne = view.getUint16(4) === 1 && view.getUint16(6) === 0 && view.getUint16(8) === 0;
  if (!isQuery || !isOne || additional > mostAdditional) return undefined;
  const name = readName(bytes);
  if (name === undefined || name.end + 4 > bytes.length) return undefined;
  if (!classes.has(view.getUint16(name.end + 2))) return undefined;
  const behind = length - name.end - 4;
  if (additional === 0 ? behind !== 0 : behind < additional * leastRecord) return undefined;
  const type = view.getUint16(name.end);
  return { name: shown(name.labels), type: types.get(type) ?? `TYPE${type}` };
}

export interface Name {
  readonly labels: readonly Uint8Array[];
  /** Where the type begins. */
  readonly end: number;
}

/** The name of the question, behind the header. */
export function readName(bytes: Uint8Array): Name | undefined {
  const labels: Uint8Array[] = [];
  let at = headerBytes;
  while (at - headerBytes < longestName) {
    const length = bytes[at];
    if (length === undefined || length > longestLabel) return undefined;
    if (length === 0) return { labels, end: at + 1 };
    if (at + 1 + length > bytes.length) return undefined;
    labels.push(bytes.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return undefined;
}

/** As in DnsFacts. */
export function shown(labels: readonly Uint8Array[]): string {
  if (labels.length === 0) return '.';
  const text = labels.map((label) => [...label].map(character).join('')).join('.');
  // The end of a name says whose it is.
  return text.length <= longestText ? text : `…${text.slice(-(longestText - 1))}`;
}

function character(byte: number): string {
  const text = String.fromCharCode(byte);
  if (text === '.' || text === '\\') return `\\${text}`;
  return byte > 0x20 && byte < 0x7f ? text.toLowerCase() : `\\${String(byte).padStart(3, '0')}`;
}

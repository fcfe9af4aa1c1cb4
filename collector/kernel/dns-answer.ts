import ipaddr from 'ipaddr.js';
import { headerBytes, readName, shown } from './dns-question.ts';

/** What an answer says: the addresses of a name. */
export interface DnsAnswer {
  /** What was asked for, as in DnsFacts. */
  readonly name: string;
  readonly type: 'A' | 'AAAA';
  readonly addresses: readonly {
    readonly ip: string;
    /** Seconds. */
    readonly ttl: number;
  }[];
}

/** Records that are looked at. */
const mostRecords = 64;
/** Labels and jumps of one name; each jump leads back. */
const mostSteps = 128;
const typeOf = { A: 1, CNAME: 5, AAAA: 28 };
const inClass = 1;
/** Above, it is nothing (RFC 2181 section 8). */
const longestTtl = 2 ** 31 - 1;

/**
 * The addresses that a response gives for the name of its question (RFC 1035 section 4.1): those of the name itself and of where its CNAME records lead,
 * in their order. undefined: it is no response without an error to one question for addresses, or it cannot be read. Of what is cut off the records before are read.
 */
export function parseDnsAnswer(bytes: Uint8Array): DnsAnswer | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerBytes) return undefined;
  const isResponse = (view.getUint8(2) & 0xf8) === 0x80 && (view.getUint8(3) & 0x0f) === 0;
  const asked = readName(bytes);
  if (!isResponse || view.getUint16(4) !== 1 || asked === undefined || asked.end + 4 > bytes.length) return undefined;
  const type = view.getUint16(asked.end);
  if ((type !== typeOf.A && type !== typeOf.AAAA) || view.getUint16(asked.end + 2) !== inClass) return undefined;
  const name = shown(asked.labels);
  const names = new Set([name]);
  const addresses: { ip: string; ttl: number }[] = [];
  let at = asked.end + 4;
  for (let left = Math.min(view.getUint16(6), mostRecords); left > 0; left -= 1) {
    const owner = readCompressed(bytes, at);
    if (owner === undefined || owner.end + 10 > bytes.length) break;
    const data = owner.end + 10;
    const length = view.getUint16(owner.end + 8);
    if (data + length > bytes.length) break;
    const record = view.getUint16(owner.end);
    const isOf = view.getUint16(owner.end + 2) === inClass && names.has(owner.name);
    if (isOf && record === typeOf.CNAME) {
      const target = readCompressed(bytes, data);
      if (target?.end !== data + length) return undefined;
      names.add(target.name);
    } else if (isOf && record === type && length === (type === typeOf.A ? 4 : 16)) {
      const ttl = view.getUint32(owner.end + 4);
      const ip = ipaddr.fromByteArray([...bytes.subarray(data, data + length)]).toString();
      addresses.push({ ip, ttl: ttl > longestTtl ? 0 : ttl });
    }
    at = data + length;
  }
  return { name, type: type === typeOf.A ? 'A' : 'AAAA', addresses };
}

/** A name that may point to an earlier one for its end (section 4.1.4). `end`: behind it, where it stands. */
function readCompressed(bytes: Uint8Array, from: number): { readonly name: string; readonly end: number } | undefined {
  const labels: Uint8Array[] = [];
  let at = from;
  let end: number | undefined;
  for (let step = 0; step < mostSteps; step += 1) {
    const length = bytes[at];
    if (length === undefined) return undefined;
    if (length === 0) return { name: shown(labels), end: end ?? at + 1 };
    if (length < 0x40) {
      if (at + 1 + length > bytes.length) return undefined;
      labels.push(bytes.subarray(at + 1, at + 1 + length));
      at += 1 + length;
      continue;
    }
    const low = bytes[at + 1];
    if (length < 0xc0 || low === undefined) return undefined;
    const to = ((length & 0x3f) << 8) | low;
    if (to >= at || to < headerBytes) return undefined;
    end ??= at + 2;
    at = to;
  }
  return undefined;
}

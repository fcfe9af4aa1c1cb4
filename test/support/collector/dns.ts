/** A message to a DNS server, with whatever is to be wrong in it. */
export function dnsQuery(
  labels: readonly (string | Uint8Array)[],
  of: { type?: number; flags?: number; counts?: readonly number[]; class?: number; behind?: readonly number[] } = {},
): Uint8Array {
  const { type = 1, flags = 0x0100, counts = [1, 0, 0, 0], behind = [] } = of;
  const words = (...numbers: readonly number[]): readonly number[] =>
    numbers.flatMap((number) => [number >> 8, number & 0xff]);
  const name = labels.flatMap((label) => [
    label.length,
    ...(typeof label === 'string' ? Buffer.from(label, 'latin1') : label),
  ]);
  return Uint8Array.from([...words(0x04d2, flags, ...counts), ...name, 0, ...words(type, of.class ?? 1), ...behind]);
}

/** The line that the script prints of it, as bpftrace 0.17 writes bytes. */
export function dnsLine(bytes: Uint8Array, of: { namespace: number; pid: number }): string {
  const hex = (part: Uint8Array): string =>
    [...part].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  const pieces = bytes.length > 200 ? [bytes.subarray(0, 200), bytes.subarray(200)] : [bytes];
  return `q ${of.namespace} ${of.pid} ${bytes.length} ${pieces.map(hex).join(' ')}`;
}

/** A record of an answer. `owner`: where its name stands in the message, 12 for the name that was asked for. */
export interface DnsRecord {
  readonly owner?: number;
  readonly type: number;
  readonly ttl?: number;
  readonly data: readonly number[];
}

/** An answer to a query of dnsQuery. */
export function dnsResponse(query: Uint8Array, records: readonly DnsRecord[], { flags = 0x8180 } = {}): Uint8Array {
  const words = (...numbers: readonly number[]): readonly number[] =>
    numbers.flatMap((number) => [(number >>> 8) & 0xff, number & 0xff]);
  const behind = records.flatMap(({ owner = 12, type, ttl = 60, data }) => [
    ...words(0xc000 | owner, type, 1, ttl >>> 16, ttl & 0xffff, data.length),
    ...data,
  ]);
  return Uint8Array.from([
    ...query.subarray(0, 2),
    ...words(flags, 1, records.length, 0, 0),
    ...query.subarray(12),
    ...behind,
  ]);
}

const hexPieces = (bytes: Uint8Array): string =>
  (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,400}/g) ?? []
  )
    .map((piece) => piece.replaceAll(/../g, '\\x$&'))
    .join(' ');

/** What the script of the engine's answers prints of one. */
export const answerLine = (namespace: number, bytes: Uint8Array): string =>
  `a ${namespace} ${bytes.length} ${hexPieces(bytes)}`;

/** And of a question that the engine passed on, from one address to another. */
export function forwardLine(
  namespace: number,
  bytes: Uint8Array,
  { from = '172.18.0.2', to = '8.8.8.8', family = 2 } = {},
): string {
  const word = (ip: string): number => Buffer.from(ip.split('.').map(Number)).readUInt32LE();
  return `f ${namespace} ${family} ${word(from)} ${word(to)} ${bytes.length} ${hexPieces(bytes)}`;
}

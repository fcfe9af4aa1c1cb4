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

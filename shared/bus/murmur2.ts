/** Kafka's default placement: 32-bit murmur2 (seed 0x9747b28c) of the key's UTF-8 bytes, sign bit cleared, modulo the partition count. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
}

const m = 0x5bd1e995;

/** As in Kafka's org.apache.kafka.common.utils.Utils.murmur2, so that both buses place a key alike. */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const whole = data.length - (data.length % 4);
  let hash = 0x9747b28c ^ data.length;
  for (let index = 0; index < whole; index += 4) {
    let k = Math.imul(view.getInt32(index, true), m);
    k = Math.imul(k ^ (k >>> 24), m);
    hash = Math.imul(hash, m) ^ k;
  }
  for (let index = data.length - 1; index >= whole; index -= 1) hash ^= (data[index] ?? 0) << ((index - whole) * 8);
  if (whole < data.length) hash = Math.imul(hash, m);
  hash = Math.imul(hash ^ (hash >>> 13), m);
  return hash ^ (hash >>> 15);
}

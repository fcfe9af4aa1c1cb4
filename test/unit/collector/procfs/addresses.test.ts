import { isIP } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { expect, test } from 'vitest';
import { parseAddress } from '../../../../collector/procfs/net-table.ts';

/** As the kernel writes it: 32-bit words in the order of a little-endian host. */
const written = (bytes: readonly number[], port: number): string => {
  const words = Array.from({ length: bytes.length / 4 }, (_, index) => bytes.slice(index * 4, index * 4 + 4).reverse());
  const hex = words.flat().map((byte) => byte.toString(16).padStart(2, '0'));
  return `${hex.join('')}:${port.toString(16).padStart(4, '0')}`.toUpperCase();
};

// Zeros are frequent: what is shortened is where writing goes wrong.
const byte = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 }));
const port = fc.integer({ min: 0, max: 65_535 });

test('an address of either family is read as the bytes that it has, in the one way of writing it', () => {
  const bytesOf = fc.constantFrom(4, 16).chain((length) => fc.array(byte, { minLength: length, maxLength: length }));
  fc.assert(
    fc.property(bytesOf, port, (bytes, number) => {
      const { ip = '', port: read } = parseAddress(written(bytes, number)) ?? {};
      expect(read).toBe(number);
      expect(isIP(ip)).not.toBe(0);
      const address = ipaddr.parse(ip);
      expect(address.toString()).toBe(ip);
      const mapped = bytes.length === 16 && address.kind() === 'ipv4';
      expect(address.toByteArray()).toEqual(mapped ? bytes.slice(12) : bytes);
    }),
  );
});

test('an IPv4 address mapped into IPv6 is the IPv4 address', () => {
  fc.assert(
    fc.property(fc.tuple(byte, byte, byte, byte), (bytes) => {
      const mapped = [...Array.from({ length: 10 }, () => 0), 255, 255, ...bytes];
      expect(parseAddress(written(mapped, 80))).toEqual({ ip: bytes.join('.'), port: 80 });
    }),
  );
});

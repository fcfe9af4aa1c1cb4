/** Fields of a protobuf message (https://protobuf.dev/programming-guides/encoding/); a message is its fields, one after the other. */
const wire = { fixed64: 1, bytes: 2, varint: 0 } as const;

/** @param value a whole number from 0 */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** The content of the only field of a message, which is bytes. */
export function onlyField(message: Uint8Array): Buffer {
  let at = 1;
  while ((message[at] ?? 0) >= 0x80) at += 1;
  return Buffer.from(message.subarray(at + 1));
}

const tag = (field: number, type: number): Buffer => varint(field * 8 + type);

export const numberField = (field: number, value: number): Buffer =>
  Buffer.concat([tag(field, wire.varint), varint(value)]);

export const bytesField = (field: number, ...parts: readonly Buffer[]): Buffer => {
  const value = Buffer.concat(parts);
  return Buffer.concat([tag(field, wire.bytes), varint(value.length), value]);
};

export const textField = (field: number, value: string): Buffer => bytesField(field, Buffer.from(value));

export const fixedField = (field: number, value: bigint): Buffer =>
  Buffer.concat([tag(field, wire.fixed64), fixed(value)]);

export const doubleField = (field: number, value: number): Buffer =>
  Buffer.concat([tag(field, wire.fixed64), double(value)]);

/** Packed. */
export const fixedFields = (field: number, values: readonly number[]): Buffer =>
  bytesField(field, ...values.map((value) => fixed(BigInt(value))));

/** Packed. */
export const doubleFields = (field: number, values: readonly number[]): Buffer =>
  bytesField(field, ...values.map(double));

function fixed(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

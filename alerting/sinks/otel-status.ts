import { clip } from '../../shared/clip.ts';

const most = 300;

/** The message of a google.rpc.Status in JSON, which OTLP receivers answer a failure with; undefined: there is none. */
export function jsonStatus(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    return typeof message === 'string' && message !== '' ? clip(message, most) : undefined;
  } catch {
    return undefined;
  }
}

const varint = 0;
const lengthDelimited = 2;
const messageField = 2;

/** The same in protobuf: its field 2. A code stands before it, and what is longer or of another kind is no status. */
export function protobufStatus(body: Uint8Array): string | undefined {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; shift < 28 && at < body.length; shift += 7) {
      const byte = body[at] ?? 0;
      at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < body.length) {
    const tag = number();
    const value = number();
    if ((tag & 7) === varint) continue;
    if ((tag & 7) !== lengthDelimited || !(at + value <= body.length)) return undefined;
    const text = Buffer.from(body.subarray(at, at + value)).toString('utf8');
    if (tag >> 3 === messageField) return text === '' ? undefined : clip(text, most);
    at += value;
  }
  return undefined;
}

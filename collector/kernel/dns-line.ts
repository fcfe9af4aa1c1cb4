/** What a line of the script's output says (dns-script.ts). */
export type DnsLine =
  | {
      readonly kind: 'query';
      /** Inode of the mount namespace of the task that sent it. */
      readonly namespace: number;
      readonly pid: number;
      /** Of the message; of a longer one than some 400 bytes the beginning is there. */
      readonly length: number;
      readonly bytes: Uint8Array;
    }
  /** So many of a namespace were too much in the last second. */
  | { readonly kind: 'left'; readonly namespace: number; readonly count: number }
  /** So many lines of any kind found no place in the kernel's buffer. */
  | { readonly kind: 'lost'; readonly count: number }
  | { readonly kind: 'tick' }
  /** It begins like one of them, and is none. */
  | { readonly kind: 'unreadable' };

const longestLine = 4_096;
const query = /^q (\d{1,10}) (\d{1,10}) (\d{1,5}) ([0-9a-f\\x ]+)$/;
const left = /^@left\[(\d{1,10})\]: (\d{1,15})$/;
const lost = /^Lost (\d{1,15}) events$/;

const begins = /^(?:q |@left\[|Lost )/;

/** undefined: none of them, as bpftrace's empty lines are. */
export function parseDnsLine(line: string): DnsLine | undefined {
  if (line === 'tick') return { kind: 'tick' };
  return begins.test(line) ? (parsed(line) ?? { kind: 'unreadable' }) : undefined;
}

function parsed(line: string): DnsLine | undefined {
  if (line.length > longestLine) return undefined;
  const [, namespace, pid, length, hex] = query.exec(line) ?? [];
  if (hex !== undefined) {
    const bytes = bytesOf(hex);
    if (bytes === undefined || bytes.length > Number(length)) return undefined;
    return { kind: 'query', namespace: Number(namespace), pid: Number(pid), length: Number(length), bytes };
  }
  const [, whose, much] = left.exec(line) ?? [];
  if (much !== undefined) return { kind: 'left', namespace: Number(whose), count: Number(much) };
  const [, gone] = lost.exec(line) ?? [];
  return gone === undefined ? undefined : { kind: 'lost', count: Number(gone) };
}

/** `\x04\xd2` as bpftrace 0.17 writes it, or `04d2` and `04 d2` as others do. */
export function bytesOf(hex: string): Uint8Array | undefined {
  const digits = hex.replaceAll(/\\x| /g, '');
  return /^(?:[0-9a-f]{2})+$/.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

import { bytesOf } from './dns-line.ts';

/** What a line of the script's output says (answers-script.ts). `namespace`: inode of the socket's network namespace. */
export type AnswersLine =
  | { readonly kind: 'answer'; readonly namespace: number; readonly bytes: Uint8Array }
  | {
      readonly kind: 'forward';
      readonly namespace: number;
      readonly from: string;
      /** Whom the engine asked, where it is an address of IPv4. */
      readonly to: string | undefined;
      readonly bytes: Uint8Array;
    }
  /** So many were too much in the last second, or found no place in the kernel's buffer. */
  | { readonly kind: 'left'; readonly count: number }
  /** It begins like one of them, and is none. */
  | { readonly kind: 'unreadable' };

const longestLine = 4_096;
const ipv4 = 2;
const answer = /^a (\d{1,10}) (\d{1,5}) ([0-9a-f\\x ]+)$/;
const forward = /^f (\d{1,10}) (\d{1,5}) (\d{1,10}) (\d{1,10}) (\d{1,5}) ([0-9a-f\\x ]+)$/;
const left = /^(?:left|Lost) (\d{1,15})(?: events)?$/;
const begins = /^(?:[af] |left |Lost )/;

/** undefined: none of them, as `tick` and bpftrace's empty lines are. */
export function parseAnswersLine(line: string): AnswersLine | undefined {
  if (!begins.test(line)) return undefined;
  return (line.length > longestLine ? undefined : parsed(line)) ?? { kind: 'unreadable' };
}

function parsed(line: string): AnswersLine | undefined {
  const [, count] = left.exec(line) ?? [];
  if (count !== undefined) return { kind: 'left', count: Number(count) };
  const [, namespace, length, hex = ''] = answer.exec(line) ?? [];
  if (namespace !== undefined) {
    const bytes = whole(hex, Number(length));
    return bytes && { kind: 'answer', namespace: Number(namespace), bytes };
  }
  const [, within, family, from, to, long, text = ''] = forward.exec(line) ?? [];
  const bytes = whole(text, Number(long));
  if (within === undefined || bytes === undefined) return undefined;
  return {
    kind: 'forward',
    namespace: Number(within),
    from: address(Number(from)),
    to: Number(family) === ipv4 ? address(Number(to)) : undefined,
    bytes,
  };
}

function whole(hex: string, length: number): Uint8Array | undefined {
  const bytes = bytesOf(hex);
  return bytes?.length === length ? bytes : undefined;
}

/** As little-endian machines read the four bytes. */
const address = (word: number): string => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff).join('.');

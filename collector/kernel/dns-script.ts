/** So many queries of one mount namespace, and of all together, are handed over in a second. */
const most = { each: 50, all: 1_000 };

/** Messages of one sendmmsg(2) that are looked at: the C library asks for A and AAAA in one. */
const mostMessages = 4;

/** What buf() of bpftrace takes in one piece: it lies on the stack of 512 bytes. */
export const pieceBytes = 200;

/**
 * The program for bpftrace: of what tasks outside the host's own mount namespace send or write, what begins like a DNS query (RFC 1035 section
 * 4.1.1: QR 0, opcode 0, one question, no answer, no authority). The test of the header's eight bytes is for little-endian machines.
 *
 * It prints `ready`, then `q NAMESPACE PID LENGTH HEX [HEX]` for each, and every second `@left[NAMESPACE]: COUNT` of what was too much, and `tick`. Nothing that a
 * container chose is printed but in hexadecimal. When nobody reads it any more, the next tick ends it (SIGPIPE).
 *
 * `hostMount`: inode of the host's mount namespace.
 */
export function dnsScript(hostMount: number): string {
  const look = lookAt(hostMount);
  const first = (vector: string): string =>
    `$v = ${vector}; $p = *(uint64*)uptr($v); $l = *(uint64*)uptr($v + 8); ${look}`;
  const message = `if ($i < $c) { ${first('*(uint64*)uptr($m + $i * 64 + 16)')} } $i = $i + 1;`;
  return [
    'BEGIN { printf("ready\\n"); }',
    onEnter('sendto', `$p = (uint64)args->buff; $l = (uint64)args->len; ${look}`),
    onEnter('write', `$p = (uint64)args->buf; $l = (uint64)args->count; ${look}`),
    onEnter('writev', first('(uint64)args->vec')),
    onEnter('sendmsg', first('*(uint64*)uptr((uint64)args->msg + 16)')),
    onEnter(
      'sendmmsg',
      `$m = (uint64)args->mmsg; $c = (uint64)args->vlen; $i = (uint64)0; unroll (${mostMessages}) { ${message} }`,
    ),
    'interval:s:1 { print(@left); printf("tick\\n"); clear(@left); clear(@each); @all = 0; }',
  ].join('\n');
}

const onEnter = (call: string, body: string): string => `tracepoint:syscalls:sys_enter_${call} { ${body} }`;

/**
 * Flags lie at the third byte, then the four counts: two bytes each, the high one first. Whose task it is comes first: the host's own pay for no
 * read of their memory.
 */
const lookAt = (hostMount: number): string => `
  if ($l >= 17 && $l <= 512) {
    $n = (uint32)curtask->nsproxy->mnt_ns->ns.inum;
    if ($n != (uint32)${Math.trunc(hostMount)}) {
      $h = *(uint64*)uptr($p + 2);
      if (($h >> 16) == 0x100 && ($h & 0xf8) == 0) {
        @each[$n]++;
        if (@each[$n] > ${most.each} || @all >= ${most.all}) { @left[$n]++; }
        else {
          @all++;
          if ($l > ${pieceBytes}) {
            printf("q %u %u %u %rx", $n, pid, $l, buf(uptr($p), ${pieceBytes}));
            printf(" %rx\\n", buf(uptr($p + ${pieceBytes}), $l - ${pieceBytes}));
          } else { printf("q %u %u %u %rx\\n", $n, pid, $l, buf(uptr($p), $l)); }
        }
      }
    }
  }`;

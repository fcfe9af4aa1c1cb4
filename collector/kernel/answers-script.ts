import { pieceBytes } from './dns-script.ts';

/** So many lines of one network namespace, and of all together, are handed over in a second: of answers, of questions that went on, and of those that went near. */
const most = { each: 50, all: 500 };

/** What is handed over of one message: three pieces of what buf() takes. Longer ones are not looked at. */
const mostBytes = 3 * pieceBytes;

/** 127.0.0.11, where the engine's resolver is asked in a container's network namespace, as little-endian machines read it. */
const resolver = 0x0b_00_00_7f;
const udp = 17;
const ipv4 = 2;

/**
 * The program for bpftrace: of what the engine's process sends, the answers of its resolver to containers, and what it asked others for them. Whose
 * network namespace it is says the socket: the thread is in another one by then (measured with 20.10).
 *
 * It prints `ready`, then `a NAMESPACE LENGTH HEX…` for each answer (RFC 1035 section 4.1.1: QR 1, no error, one question), `f NAMESPACE FAMILY FROM TO LENGTH HEX…`
 * for each question that went on (FROM and TO: IPv4 addresses as numbers, little-endian), and every second `left COUNT` of what was too much, and `tick`.
 * Each of the three kinds has its own limits, and one line of each namespace in any case: whoever floods the engine must not hide whom it asked (measured: 50
 * answers, and no question was seen). When nobody reads it any more, the next tick ends it (SIGPIPE).
 *
 * `engine`: its process number, of the host.
 */
export function answersScript(engine: number): string {
  const onEnter = (call: string, body: string): string =>
    `tracepoint:syscalls:sys_enter_${call} /pid == ${Math.trunc(engine)}/ { ${body} }`;
  const vector = '$v = *(uint64*)uptr((uint64)args->msg + 16); $p = *(uint64*)uptr($v); $l = *(uint64*)uptr($v + 8);';
  const answer = `
    if ($s->__sk_common.skc_rcv_saddr == (uint32)${resolver} && ($h & 0x80) != 0 && ($h & 0xf00) == 0) {
      ${bounded('answers', 'printf("a %u %u", $n, $l);')}
    }`;
  const asked =
    'printf("f %u %u %u %u %u", $n, $s->__sk_common.skc_family, $s->__sk_common.skc_rcv_saddr, $s->__sk_common.skc_daddr, $l);';
  const forward = `
    if (($h & 0xf8) == 0) {
      $to = $s->__sk_common.skc_daddr;
      if ($s->__sk_common.skc_family != ${ipv4} || $to == $s->__sk_common.skc_rcv_saddr || ($to & 0xff) == 127 || ($to & 0xff) == 0) {
        ${bounded('near', asked)}
      } else { ${bounded('far', asked)} }
    }`;
  return [
    'BEGIN { printf("ready\\n"); }',
    onEnter('sendmsg', `${vector} ${ofUdp(answer)}`),
    onEnter('write', `$p = (uint64)args->buf; $l = (uint64)args->count; ${ofUdp(forward)}`),
    'interval:s:1 { if (@left > 0) { printf("left %u\\n", @left); } printf("tick\\n"); @left = (uint64)0; clear(@answers); clear(@near); clear(@far); clear(@all); }',
  ].join('\n');
}

/** Message of a socket that speaks UDP: its namespace `$n`, and eight bytes of the header `$h`, with one question. Anything else it writes to has no `struct socket`. */
const ofUdp = (body: string): string => `
  if ($l >= 17 && $l <= ${mostBytes}) {
    $f = (struct file *)*(uint64*)kptr((uint64)curtask->files->fdt->fd + (uint64)args->fd * 8);
    if (($f->f_inode->i_mode & 0xf000) == 0xc000) {
      $s = ((struct socket *)$f->private_data)->sk;
      if ($s->sk_protocol == ${udp}) {
        $n = (uint32)$s->__sk_common.skc_net.net->ns.inum;
        $h = *(uint64*)uptr($p + 2);
        if ((($h >> 16) & 0xffff) == 0x100) { ${body} }
      }
    }
  }`;

/** Hands over what `head` begins, with the message behind it. `near`: sent to whom a process in the namespace can be (sensors/dns/forwards.ts). */
const bounded = (kind: 'answers' | 'near' | 'far', head: string): string => `
  @${kind}[$n]++;
  if (@${kind}[$n] > ${most.each} || (@all["${kind}"] >= ${most.all} && @${kind}[$n] != 1)) { @left++; }
  else {
    @all["${kind}"]++;
    ${head}
    ${piece(0)} ${piece(1)} ${piece(2)}
    printf("\\n");
  }`;

/** buf() takes no more than a piece, whatever it is asked for. */
const piece = (at: number): string => {
  const from = at * pieceBytes;
  return `if ($l > ${from}) { printf(" %rx", buf(uptr($p + ${from}), $l - ${from})); }`;
};

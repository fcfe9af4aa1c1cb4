import ipaddr from 'ipaddr.js';

/** One row of /proc/PID/net/{tcp,tcp6,udp,udp6}. */
export interface SocketRow {
  readonly transport: 'tcp' | 'udp';
  readonly local: Address;
  readonly remote: Address;
  readonly state: string;
  /** '0' where the kernel has none any more (TIME_WAIT). */
  readonly inode: string;
}

export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** Names of the kernel's socket states (include/net/tcp_states.h), by the hexadecimal number of the table. */
const states: Readonly<Record<string, string>> = {
  '01': 'ESTABLISHED',
  '02': 'SYN_SENT',
  '03': 'SYN_RECV',
  '04': 'FIN_WAIT1',
  '05': 'FIN_WAIT2',
  '06': 'TIME_WAIT',
  '07': 'CLOSE',
  '08': 'CLOSE_WAIT',
  '09': 'LAST_ACK',
  '0A': 'LISTEN',
  '0B': 'CLOSING',
  '0C': 'NEW_SYN_RECV',
};

/** Parses a table; lines that are none are left out. */
export function parseNetTable(text: string, transport: 'tcp' | 'udp'): readonly SocketRow[] {
  const rows: SocketRow[] = [];
  for (const line of text.split('\n').slice(1)) {
    const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
    if (local === undefined || remote === undefined || state === undefined || inode === undefined) continue;
    const from = parseAddress(local);
    const to = parseAddress(remote);
    if (from !== undefined && to !== undefined)
      rows.push({ transport, local: from, remote: to, state: states[state] ?? state, inode });
  }
  return rows;
}

/** `0100007F:1F90`: the address in 32-bit words of host byte order (little endian), the port big endian. */
export function parseAddress(text: string): Address | undefined {
  const [words = '', port = ''] = text.split(':');
  if (!/^([0-9A-F]{8}|[0-9A-F]{32})$/i.test(words) || !/^[0-9A-F]{4}$/i.test(port)) return undefined;
  const bytes = (words.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
  );
  return { ip: bytes.length === 4 ? bytes.join('.') : ipv6(bytes), port: Number.parseInt(port, 16) };
}

/** RFC 5952; an IPv4 address mapped into IPv6 is shown as what it is. */
function ipv6(bytes: number[]): string {
  const address = new ipaddr.IPv6(bytes);
  return (address.isIPv4MappedAddress() ? address.toIPv4Address() : address).toString();
}

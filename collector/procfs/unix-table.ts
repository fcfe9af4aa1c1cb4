/** One row of /proc/PID/net/unix. */
export interface UnixRow {
  /** A server's that waits for connections. */
  readonly listening: boolean;
  readonly connected: boolean;
  /** '0': a connection that the server has not accepted yet. */
  readonly inode: string;
  /**
   * The name that a server bound, on its side of a connection; '' on the client's side, which has none. `@…`: abstract. The kernel lists the server's
   * side in the network namespace of the client, with the path as the server wrote it (catalogue L20).
   */
  readonly path: string;
}

/** SO_ACCEPTCON (include/linux/net.h), among the flags. */
const accepting = 0x10000;

/** Parses the table; lines that are none are left out. */
export function parseUnixTable(text: string): readonly UnixRow[] {
  return text.split('\n').flatMap((line) => {
    const found = /^\S+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]+) [0-9A-F]+ ([0-9A-F]+) +(\d+)(?: (.*))?$/i.exec(line);
    const [, flags, state, inode, path = ''] = found ?? [];
    if (flags === undefined || state === undefined || inode === undefined) return [];
    return { listening: (Number.parseInt(flags, 16) & accepting) !== 0, connected: state === '03', inode, path };
  });
}

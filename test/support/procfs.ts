import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeSocket {
  readonly table?: 'tcp' | 'udp';
  readonly local: string;
  readonly remote?: string;
  readonly state?: string;
  readonly inode: number;
}

/** Without a path: a client's side. */
export interface FakeUnixSocket {
  readonly inode: number;
  readonly path?: string;
  readonly listening?: boolean;
}

export interface FakeProcess {
  readonly pid: number;
  readonly container?: string;
  readonly namespace?: number;
  readonly sockets?: readonly number[];
  readonly args?: readonly string[];
  readonly addresses?: readonly string[];
  readonly gateway?: string;
}

/** A host's /proc in a directory, with the files that the sensors read. */
export function fakeProcfs() {
  const host = mkdtempSync(join(tmpdir(), 'moorwatch-proc-'));
  const procfs = join(host, 'proc');
  const write = (path: string, text: string): void => {
    mkdirSync(join(procfs, path, '..'), { recursive: true });
    writeFileSync(join(procfs, path), text);
  };
  write('sys/kernel/random/boot_id', 'boot-1\n');
  return {
    procfs,
    addProcess: ({
      pid,
      container,
      namespace = 1,
      sockets = [],
      args = [],
      addresses = [],
      gateway,
    }: FakeProcess): void => {
      write(`${pid}/cgroup`, container === undefined ? '0::/init.scope\n' : `0::/docker/${container}\n`);
      write(`${pid}/cmdline`, args.map((arg) => `${arg}\0`).join(''));
      write(`${pid}/net/fib_trie`, addresses.map((ip) => `   |-- ${ip}\n      /32 host LOCAL\n`).join(''));
      if (gateway !== undefined)
        write(
          `${pid}/net/route`,
          `Iface\tDestination\tGateway\neth0\t00000000\t${encoded(`${gateway}:0`).slice(0, 8)}\n`,
        );
      mkdirSync(join(procfs, `${pid}/fd`), { recursive: true });
      mkdirSync(join(procfs, `${pid}/ns`), { recursive: true });
      symlinkSync(`net:[${namespace}]`, join(procfs, `${pid}/ns/net`));
      if (args[0] !== undefined) symlinkSync(args[0], join(procfs, `${pid}/exe`));
      for (const [index, inode] of sockets.entries())
        symlinkSync(`socket:[${inode}]`, join(procfs, `${pid}/fd/${index + 3}`));
    },
    setSockets: (pid: number, sockets: readonly FakeSocket[]): void => {
      for (const table of ['tcp', 'udp'] as const)
        write(
          `${pid}/net/${table}`,
          ['header', ...sockets.filter((socket) => (socket.table ?? 'tcp') === table).map(line)].join('\n'),
        );
    },
    setUnix: (pid: number, sockets: readonly FakeUnixSocket[]): void =>
      write(
        `${pid}/net/unix`,
        ['Num RefCount Protocol Flags Type St Inode Path', ...sockets.map(unixLine), ''].join('\n'),
      ),
    /** Text of /proc/PID/mountinfo. */
    setMounts: (pid: number, table: string): void => write(`${pid}/mountinfo`, table),
    remove: () => rmSync(host, { recursive: true, force: true }),
  };
}

const unixLine = ({ inode, path, listening = false }: FakeUnixSocket): string =>
  `0000000000000000: 00000003 00000000 ${listening ? '00010000' : '00000000'} 0001 ${listening ? '01' : '03'} ${inode}${path === undefined ? '' : ` ${path}`}`;

function line({ local, remote = '0.0.0.0:0', state = '01', inode }: FakeSocket): string {
  return `0: ${encoded(local)} ${encoded(remote)} ${state} 0:0 0:0 0 0 0 ${inode} 1`;
}

/** `10.0.0.1:80` as the kernel writes it. */
function encoded(address: string): string {
  const [ip = '', port = ''] = address.split(':');
  const hex = (value: string, digits: number) => Number(value).toString(16).toUpperCase().padStart(digits, '0');
  return `${ip
    .split('.')
    .reverse()
    .map((byte) => hex(byte, 2))
    .join('')}:${hex(port, 4)}`;
}

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
  readonly parent?: number;
  /** Clock ticks since boot. */
  readonly start?: number;
  readonly comm?: string;
  /** Where its code and stack lie: another after each exec. */
  readonly image?: string;
  readonly state?: string;
  readonly uid?: number;
  /** Its number in its own namespace; default: 1. */
  readonly vpid?: number;
  /** Hexadecimal. */
  readonly capabilities?: string;
  readonly seccomp?: number;
  /** Path of its file; default: the first argument. */
  readonly exe?: string;
  readonly root?: string;
  readonly environ?: readonly string[];
  readonly mountinfo?: string;
  /** Kind → number, of those that are not the container's. */
  readonly namespaces?: Readonly<Record<string, number>>;
  /** Links of its first descriptors. */
  readonly stdio?: readonly string[];
}

/** A host's /proc in a directory, with the files that the sensors read. */
export function fakeProcfs() {
  const host = mkdtempSync(join(tmpdir(), 'moorwatch-proc-'));
  const procfs = join(host, 'proc');
  const write = (path: string, text: string): void => {
    mkdirSync(join(procfs, path, '..'), { recursive: true });
    writeFileSync(join(procfs, path), text);
  };
  const link = (target: string, path: string): void => {
    mkdirSync(join(procfs, path, '..'), { recursive: true });
    rmSync(join(procfs, path), { force: true });
    symlinkSync(target, join(procfs, path));
  };
  write('sys/kernel/random/boot_id', 'boot-1\n');
  write('uptime', '1000.00 1000.00\n');
  return {
    procfs,
    /** Any file below it. */
    write,
    /** Again: it changed. */
    addProcess: (process: FakeProcess): void => {
      const { pid, container, namespace = 1, sockets = [], args = [], addresses = [], namespaces = {} } = process;
      const { gateway } = process;
      write(`${pid}/stat`, statOf(process));
      write(`${pid}/status`, statusOf(process));
      write(`${pid}/cgroup`, container === undefined ? '0::/init.scope\n' : `0::/docker/${container}\n`);
      write(`${pid}/cmdline`, args.map((arg) => `${arg}\0`).join(''));
      write(`${pid}/environ`, (process.environ ?? []).map((entry) => `${entry}\0`).join(''));
      write(`${pid}/mountinfo`, process.mountinfo ?? '');
      write(`${pid}/net/fib_trie`, addresses.map((ip) => `   |-- ${ip}\n      /32 host LOCAL\n`).join(''));
      if (gateway !== undefined)
        write(
          `${pid}/net/route`,
          `Iface\tDestination\tGateway\neth0\t00000000\t${encoded(`${gateway}:0`).slice(0, 8)}\n`,
        );
      mkdirSync(join(procfs, `${pid}/fd`), { recursive: true });
      link(`net:[${namespace}]`, `${pid}/ns/net`);
      const own = container === undefined ? 1 : container.length + 1;
      for (const kind of ['mnt', 'pid', 'ipc', 'uts', 'cgroup'])
        link(`${kind}:[${namespaces[kind] ?? own}]`, `${pid}/ns/${kind}`);
      link(`user:[${namespaces.user ?? 1}]`, `${pid}/ns/user`);
      const exe = process.exe ?? args[0];
      if (exe !== undefined) link(exe, `${pid}/exe`);
      link(process.root ?? '/', `${pid}/root`);
      link('/', `${pid}/cwd`);
      for (const [fd, target] of (process.stdio ?? []).entries()) link(target, `${pid}/fd/${fd}`);
      for (const [index, inode] of sockets.entries()) link(`socket:[${inode}]`, `${pid}/fd/${index + 3}`);
    },
    /** The cgroup file system beside it; without it all of /proc is asked for its cgroups. */
    setCgroup: (container: string, pids: readonly number[]): void =>
      write(`../sys/fs/cgroup/docker/${container}/cgroup.procs`, pids.map((pid) => `${pid}\n`).join('')),
    /** A cgroup below the container's, by its path from there. */
    setNestedCgroup: (container: string, path: string, pids: readonly number[]): void =>
      write(`../sys/fs/cgroup/docker/${container}/${path}/cgroup.procs`, pids.map((pid) => `${pid}\n`).join('')),
    removeProcess: (pid: number): void => rmSync(join(procfs, String(pid)), { recursive: true, force: true }),
    /** Since the kernel began. */
    setUptime: (seconds: number): void => write('uptime', `${seconds}.00 0.00\n`),
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

function statOf({ pid, comm = 'app', state = 'S', parent = 1, start = 100, image = '1 2 3' }: FakeProcess): string {
  const middle = Array.from({ length: 13 }, () => '0').join(' ');
  return `${pid} (${comm}) ${state} ${parent} ${pid} ${pid} 0 -1 ${middle} ${start} 0 0 0 ${image} 0\n`;
}

function statusOf({ pid, uid = 0, vpid = 1, capabilities = '00000000a80425fb', seccomp = 2 }: FakeProcess): string {
  return [
    'Name:\tapp',
    `Uid:\t${uid}\t${uid}\t${uid}\t${uid}`,
    `NSpid:\t${pid}\t${vpid}`,
    `CapPrm:\t${capabilities}`,
    `CapEff:\t${capabilities}`,
    'CapBnd:\t00000000a80425fb',
    'NoNewPrivs:\t0',
    `Seccomp:\t${seccomp}`,
    '',
  ].join('\n');
}

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

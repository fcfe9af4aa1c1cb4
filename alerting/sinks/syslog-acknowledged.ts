import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/** Bytes written to a TCP socket that the other machine has not acknowledged yet; undefined where the kernel does not say (not Linux, no /proc). */
export async function unacknowledged({ localPort, remotePort }: Socket): Promise<number | undefined> {
  if (localPort === undefined || remotePort === undefined) return undefined;
  const texts = await Promise.all(tables.map((path) => readFile(path, 'latin1').catch(() => '')));
  return queuedIn(texts.join(''), localPort, remotePort);
}

/**
 * Column tx_queue of /proc/net/tcp (proc_pid_net(5)): what the kernel keeps for sending again. Sockets are told apart by their two ports; where
 * two have the same ones, both count.
 */
export function queuedIn(table: string, localPort: number, remotePort: number): number | undefined {
  const ports = `:${hex(localPort)} [0-9A-F]+:${hex(remotePort)}`;
  const rows = [...table.matchAll(new RegExp(`${ports} [0-9A-F]{2} ([0-9A-F]{8}):`, 'g'))];
  return rows.length === 0 ? undefined : rows.reduce((sum, [, bytes = '0']) => sum + Number.parseInt(bytes, 16), 0);
}

const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');

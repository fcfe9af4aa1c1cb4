import type { Socket } from 'node:net';

/** Who has a connection. A socket with TLS and the one below it are the same client. */
type Client = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'>;

export interface Room {
  /** A connection came, whoever it is. */
  take(socket: Socket): void;
  /** It showed a valid token or ticket: it keeps its place as long as it is open. */
  trust(client: Client): void;
}

export interface RoomOptions {
  /** Most connections at a time. */
  readonly most: number;
  /** One was closed for want of room. */
  onFull(): void;
}

/**
 * Connections that may be open at a time. When there is no more room, the oldest that has shown no token gives way, not the newest: otherwise whoever can
 * connect at all, a container on the host's network among them, could shut everybody out by holding connections open and saying nothing.
 */
export function createRoom({ most, onFull }: RoomOptions): Room {
  const unknown = new Map<string, Socket>();
  const trusted = new Set<string>();
  return {
    take(socket) {
      const name = nameOf(socket);
      socket.on('close', () => {
        if (unknown.get(name) === socket) unknown.delete(name);
        else trusted.delete(name);
      });
      unknown.set(name, socket);
      if (unknown.size + trusted.size <= most) return;
      const [oldest = socket] = unknown.values();
      unknown.delete(nameOf(oldest));
      oldest.destroy();
      onFull();
    },
    trust(client) {
      const name = nameOf(client);
      if (unknown.delete(name)) trusted.add(name);
    },
  };
}

const nameOf = ({ remoteAddress, remotePort, localPort }: Client): string =>
  `${remoteAddress} ${remotePort} ${localPort}`;

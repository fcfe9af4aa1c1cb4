import type { Socket } from 'node:net';

/** Something listens there that is no Kafka broker, or speaks TLS where plain text was expected. */
export class ForeignProtocolError extends Error {
  readonly code = 'NOT_KAFKA';
  readonly tls: boolean;

  constructor(beginning: Buffer) {
    const tls = isTls(beginning);
    super(
      tls ? 'it speaks TLS' : `its answer began with ${JSON.stringify(beginning.subarray(0, 40).toString('latin1'))}`,
    );
    this.name = 'ForeignProtocolError';
    this.tls = tls;
  }
}

/** An answer begins with its length. None of ours is so long (the largest fetch is 64 MiB), and text as a number is longer. */
const longestAnswer = 0x1000_0000;

/** Looks at the first bytes that come: kafkajs would take them for a length, and wait for so many bytes. */
export function whenForeign(socket: Socket, told: (error: ForeignProtocolError) => void): void {
  socket.once('data', (beginning: Buffer) => {
    if (beginning.length < 4 || beginning.readUInt32BE(0) <= longestAnswer) return;
    const error = new ForeignProtocolError(beginning);
    told(error);
    socket.destroy(error);
  });
}

/** A handshake or an alert (RFC 8446, section 5.1). */
const isTls = (beginning: Buffer): boolean => (beginning[0] === 0x15 || beginning[0] === 0x16) && beginning[1] === 0x03;

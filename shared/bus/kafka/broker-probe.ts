import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { UserError } from '../../errors.ts';
import { withAdmin } from './admin.ts';
import type { KafkaEndpoint } from './client.ts';
import { unusable } from './failures.ts';

/** How one broker was found, by its address alone. */
export interface BrokerProbe {
  readonly address: string;
  /** Where it went wrong; undefined if this broker let us in. */
  readonly problem?: UserError;
  /** What it showed, whether it is accepted or not. */
  readonly certificate?: Certificate;
}

export interface Certificate {
  /** `TLSv1.3` */
  readonly protocol: string;
  readonly subject: string;
  readonly issuer: string;
  /** ms since the epoch */
  readonly validTo: number;
}

/** For the connection, and for logging in. */
const stepMs = 5_000;

/** Connects to one broker, logs in and leaves. Ends in bounded time, and never rejects. */
export async function probeBroker(endpoint: KafkaEndpoint, address: string): Promise<BrokerProbe> {
  const alone = { ...endpoint, brokers: [address], requestTimeoutMs: stepMs };
  const problem = (error: unknown): UserError => unusable(alone, error);
  let shown: { certificate?: Certificate } = {};
  try {
    const certificate = await look(alone, address);
    if (certificate !== undefined) shown = { certificate };
  } catch (error) {
    return { address, problem: problem(error) };
  }
  try {
    // Something is asked, because kafkajs also takes a connection for a good one on which nobody answers.
    await withAdmin(alone, (admin) => admin.describeCluster(), { limitMs: 2 * stepMs, patience: 'once' });
    return { address, ...shown };
  } catch (error) {
    return { address, ...shown, problem: problem(error) };
  }
}

/** Opens a connection; with TLS it tells the certificate, whatever it is worth. */
async function look({ ssl, connect = connectTcp }: KafkaEndpoint, address: string): Promise<Certificate | undefined> {
  const to = placeOf(address);
  const socket = connect(to);
  try {
    await happens(socket, 'connect');
    if (ssl === undefined) return undefined;
    const named = isIP(to.host) === 0 ? { servername: to.host } : {};
    // Nothing is sent over it: whether the certificate is accepted is found by the connection that follows.
    const secured = connectTls({ socket, ...named, ...ssl, rejectUnauthorized: false });
    await happens(secured, 'secureConnect');
    return certificateOf(secured);
  } finally {
    socket.destroy();
  }
}

function certificateOf(socket: TLSSocket): Certificate {
  const { subject, issuer, valid_to } = socket.getPeerCertificate();
  const name = (of: { CN?: string | string[] } | undefined): string => String(of?.CN ?? 'without a name');
  const validTo = Date.parse(valid_to);
  return { protocol: socket.getProtocol() ?? 'TLS', subject: name(subject), issuer: name(issuer), validTo };
}

/** `[::1]:9092` and `kafka-1:9092` */
export function placeOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(address.slice(colon + 1)) };
}

function happens(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${stepMs} ms`)), stepMs);
    const end = (error?: Error): void => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    };
    socket.once(event, () => end());
    // Stays, because an error may follow when the socket is destroyed.
    socket.on('error', end);
    socket.once('close', () => end(new Error('the connection was closed')));
  });
}

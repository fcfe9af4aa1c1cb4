import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { makeCertificates } from '../certificates.ts';
import { eventually } from '../eventually.ts';
import { freePorts } from '../kafka/free-ports.ts';

/** A mail as the server took it and Python's parser understands it. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Since STARTTLS; false also where the connection is encrypted from its start. */
  readonly encrypted: boolean;
  readonly login: string | null;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly text: string;
  readonly html: string;
  readonly parts: readonly string[];
  readonly defects: readonly string[];
  /** Bytes of its longest line. */
  readonly longest: number;
}

export interface Smtpd {
  /** Directory with ca.pem and stranger.pem; the server's certificate is for 127.0.0.1 and mail.example. */
  readonly directory: string;
  readonly ports: Readonly<Record<'starttls' | 'implicit', number>>;
  readonly mails: readonly TakenMail[];
  stop(): Promise<void>;
}

/** A real mail server (aiosmtpd). Login: moorwatch, `s3cret pässword`. Nobody is `nobody@…`, and `spam` in a subject is refused. */
export async function startSmtpd(): Promise<Smtpd> {
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-smtpd-'));
  await makeCertificates(directory, { server: 'server', names: 'IP:127.0.0.1,DNS:mail.example' });
  const [starttls = 0, implicit = 0] = await freePorts(2);
  const script = join(import.meta.dirname, 'smtpd.py');
  // Debian's own Python, which has the package.
  const daemon = spawn('/usr/bin/python3', [script, directory, String(starttls), String(implicit)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(daemon, 'exit');
  const mails: TakenMail[] = [];
  let isReady = false;
  createInterface({ input: daemon.stdout }).on('line', (line) => {
    if (line === 'ready') isReady = true;
    else mails.push(JSON.parse(line) as TakenMail);
  });
  await eventually(() => isReady);
  return {
    directory,
    ports: { starttls, implicit },
    mails,
    stop: async () => {
      daemon.kill();
      await ended;
      await rm(directory, { recursive: true });
    },
  };
}

import { createTransport } from 'nodemailer';
import { shown } from '../formats/facts.ts';
import { connectionReason } from './connection-reason.ts';
import { type PemFiles, readPems, readSinkFile } from './read-file.ts';
import { within } from './within.ts';

/** How a server for outgoing mail is reached. */
export interface SmtpOptions extends PemFiles {
  readonly host: string;
  /** Default: 587 with starttls, 465 with implicit, 25 with none. */
  readonly port?: number | undefined;
  /** `starttls`: nothing is said before the connection is encrypted, and no mail where it cannot be. */
  readonly tls: 'starttls' | 'implicit' | 'none';
  /** Name that the server's certificate must have; default: `host`. */
  readonly serverName?: string | undefined;
  readonly user?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** For a whole mail, from the connection to the server's last word. */
  readonly timeoutMs: number;
}

export interface Mail {
  readonly from: string;
  /** All that are named in it. */
  readonly to: readonly string[];
  readonly date: Date;
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What became of a mail; `reason` repeats no secret. */
export interface MailOutcome {
  readonly accepted: readonly string[];
  readonly failures: readonly MailFailure[];
}

export interface MailFailure {
  /** Where it failed; the receiver's fault is `connection` as well. */
  readonly at: 'connection' | 'tls' | 'login' | 'sender' | 'recipient' | 'message';
  /** Of a recipient alone. */
  readonly recipient?: string;
  /** Reply code of the server. */
  readonly code?: number;
  readonly reason: string;
}

export interface Mailer {
  /** Gives the mail to the server for these recipients. Never rejects. */
  send(mail: Mail, recipients: readonly string[], signal: AbortSignal): Promise<MailOutcome>;
}

/** @throws UserError when a file cannot be read */
export function createMailer(options: SmtpOptions): Mailer {
  const { host, tls, serverName, user, passwordFile, timeoutMs } = options;
  const password = passwordFile === undefined ? '' : readSinkFile(passwordFile, 'passwordFile').replace(/\r?\n$/, '');
  const transport = createTransport({
    host,
    port: options.port ?? { starttls: 587, implicit: 465, none: 25 }[tls],
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(user !== undefined && { auth: { user, pass: password }, forceAuth: true }),
    tls: { ...readPems(options), ...(serverName !== undefined && { servername: serverName }) },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    maxResponseSize: 65_536,
    allowInternalNetworkInterfaces: true,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const redact = (text: string): string => (password === '' ? text : text.replaceAll(password, '[redacted]'));
  return {
    send: async ({ from, to, headers, inReplyTo, ...mail }, recipients, signal) => {
      const message = {
        ...mail,
        ...(inReplyTo !== undefined && { inReplyTo, references: inReplyTo }),
        from: { name: 'Moorwatch', address: from },
        to: [...to],
        headers: { ...headers },
        envelope: { from, to: [...recipients] },
        textEncoding: 'quoted-printable' as const,
      };
      try {
        const sent = await within(timeoutMs, signal, 'not done', (timed) =>
          transport.sendMail({ ...message, signal: timed }),
        );
        const failures = (sent.rejectedErrors ?? []).map((error) => failureOf(error, redact));
        return { accepted: sent.accepted, failures };
      } catch (error) {
        if (signal.aborted) return { accepted: [], failures: [{ at: 'connection', reason: 'stopped' }] };
        return { accepted: [], failures: [failureOf(error, redact)] };
      }
    },
  };
}

/** What nodemailer says of a failure, in the members that are used here. */
interface SmtpError {
  readonly message?: string;
  readonly code?: unknown;
  readonly command?: unknown;
  readonly response?: unknown;
  readonly responseCode?: unknown;
  readonly recipient?: unknown;
}

const steps: Readonly<Record<string, MailFailure['at']>> = {
  'MAIL FROM': 'sender',
  'RCPT TO': 'recipient',
  DATA: 'message',
};

/** A server's own words are told but after a login: there they may repeat what was sent. */
function failureOf(error: unknown, redact: (text: string) => string): MailFailure {
  const { response, responseCode, recipient, ...place }: SmtpError = error instanceof Error ? error : {};
  const at = placeOf(place);
  const code = typeof responseCode === 'number' ? { code: responseCode } : {};
  const to = typeof recipient === 'string' ? { recipient } : {};
  if (at === 'login') return { at, ...code, reason: `the server answered ${code.code ?? 'nothing'} to the login` };
  const reason =
    typeof response === 'string'
      ? `the server answered ${shown(response, 200)}`
      : shown(connectionReason(error, { host: 'host', address: 'host and port' }), 300);
  return { at, ...code, ...to, reason: redact(reason) };
}

function placeOf({ code, command }: SmtpError): MailFailure['at'] {
  if (code === 'EAUTH' || code === 'ENOAUTH') return 'login';
  if (code === 'ETLS') return 'tls';
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return 'connection';
  return steps[String(command)] ?? 'connection';
}

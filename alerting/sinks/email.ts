import { email } from '../formats/email.ts';
import type { Delivery, Sink } from './sink.ts';
import { createMailer, type MailFailure, type MailOutcome, type SmtpOptions } from './smtp.ts';

export interface EmailSinkOptions extends SmtpOptions {
  readonly name: string;
  readonly from: string;
  readonly to: readonly string[];
  /** For the date of a mail, ms. */
  readonly clock: () => number;
}

/** One mail waits in each partition that is this process's; those of others are left behind when partitions move. */
const mostServed = 256;

/** Sends every incident update as a mail. */
export function createEmailSink({ name, from, to, clock, ...smtp }: EmailSinkOptions): Sink {
  const mailer = createMailer(smtp);
  const domain = from.slice(from.lastIndexOf('@') + 1);
  /** Recipients that have a mail which others are still to get, by the update's id; bounded by `mostServed`. */
  const served = new Map<string, readonly string[]>();
  return {
    name,
    send: async (update, signal) => {
      const before = served.get(update.id) ?? [];
      const mail = { ...email(update, domain), from, to, date: new Date(clock()) };
      const recipients = to.filter((recipient) => !before.includes(recipient));
      const outcome = await mailer.send(mail, recipients, signal);
      const delivery = judge(outcome, before.length > 0 || outcome.accepted.length > 0);
      served.delete(update.id);
      if (delivery.kind === 'retry') served.set(update.id, [...before, ...outcome.accepted]);
      const [oldest] = served.keys();
      if (served.size > mostServed && oldest !== undefined) served.delete(oldest);
      return delivery;
    },
  };
}

/**
 * Refused is what the server says of the message itself, and a recipient that others should not wait for. What it says of sender and of all
 * recipients is a mistake of the configuration: mails wait for that to be mended.
 */
function judge({ failures }: MailOutcome, othersHaveIt: boolean): Delivery {
  const passing = failures.find((failure) => !isFinal(failure, othersHaveIt));
  if (passing !== undefined) return { kind: 'retry', reason: `${told(passing)}${fixes[passing.at]}` };
  const final = failures.map(told).join('; ');
  return final === '' ? { kind: 'delivered' } : { kind: 'refused', reason: final };
}

/** 5yz is final (RFC 5321 §4.2.1), but 503, which says that the conversation went wrong. */
function isFinal({ at, code = 0 }: MailFailure, othersHaveIt: boolean): boolean {
  if (code < 500 || code === 503) return false;
  return at === 'message' || (at === 'recipient' && othersHaveIt);
}

const told = ({ recipient, reason }: MailFailure): string =>
  recipient === undefined ? reason : `${recipient}: ${reason}`;

const fixes: Readonly<Record<MailFailure['at'], string>> = {
  connection: '',
  tls: ': check tls, ca and serverName',
  login: ': check user and passwordFile',
  sender: ': check from',
  recipient: ': check to',
  message: '',
};

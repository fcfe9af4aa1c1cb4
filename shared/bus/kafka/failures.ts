import { exitCode, messageOf, UserError } from '../../errors.ts';
import { escapeControl } from '../../escape.ts';
import type { KafkaEndpoint } from './client.ts';
import { ForeignProtocolError } from './foreign.ts';

/** Why brokers cannot be used. All but `away` and `foreign` need a person: trying again would not help. */
export type FailureKind =
  /** Wrong password, or a user that is not known. */
  | 'login'
  /** The broker does not do SASL here, or not this mechanism. */
  | 'mechanism'
  /** The broker's certificate: not of a known authority, not for this address, or not valid now. */
  | 'certificate'
  /** The broker wants a certificate of ours, or does not take the one it got. */
  | 'client-certificate'
  /** Known, but without the right. */
  | 'denied'
  /** Somebody answers, in another language. A proxy may do so while the brokers are away. */
  | 'foreign'
  /** Nobody answers. */
  | 'away';

const certificateCodes = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
  'ERR_TLS_CERT_ALTNAME_INVALID',
];

export function failureKind(error: unknown): FailureKind {
  for (const cause of causes(error)) {
    if (cause.name === 'KafkaJSSASLAuthenticationError') return 'login';
    const { type, code } = cause as { type?: unknown; code?: unknown };
    if (type === 'ILLEGAL_SASL_STATE' || type === 'UNSUPPORTED_SASL_MECHANISM') return 'mechanism';
    if (typeof type === 'string' && type.endsWith('_AUTHORIZATION_FAILED')) return 'denied';
    if (cause instanceof ForeignProtocolError) return 'foreign';
    if (typeof code !== 'string') continue;
    if (certificateCodes.includes(code)) return 'certificate';
    if (/^ERR_SSL_.*(ALERT|CERTIFICATE)/.test(code)) return 'client-certificate';
  }
  return 'away';
}

/** Names that the protocol gives to what went wrong, of one or several errors: `TOPIC_AUTHORIZATION_FAILED`. */
export function errorTypes(error: unknown): readonly string[] {
  return causes(error).flatMap((cause) => ('type' in cause && typeof cause.type === 'string' ? [cause.type] : []));
}

export const hasType = (error: unknown, ...types: readonly string[]): boolean =>
  errorTypes(error).some((type) => types.includes(type));

/** The error, what caused it, and the errors of which it is a collection. */
function causes(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return [];
  const several = 'errors' in error && Array.isArray(error.errors) ? (error.errors as readonly unknown[]) : [];
  return [error, ...causes(error.cause), ...several.flatMap(causes)];
}

/** What to tell whoever wants to use these brokers. The code is `unavailable` only where trying again can help. */
export function unusable({ brokers, ssl, sasl }: KafkaEndpoint, cause: unknown): UserError {
  if (cause instanceof UserError) return cause;
  const where = `Kafka at ${brokers.join(', ')}`;
  const error = (message: string, fix: string, code: number): UserError => new UserError(message, { fix, code, cause });
  switch (failureKind(cause)) {
    case 'login':
      return error(
        `${where} refuses the user ${sasl?.username ?? ''}: ${plain(cause)}`,
        'correct kafka.sasl.username and the content of kafka.sasl.passwordFile, and restart this process, which has read it; users exist per mechanism, so compare kafka.sasl.mechanism, too',
        exitCode.permission,
      );
    case 'mechanism':
      return error(
        `${where} does not take ${sasl?.mechanism ?? 'clients without SASL'} on this port`,
        'set kafka.sasl.mechanism to one that the listener offers, name the port of another listener in kafka.brokers, or remove kafka.sasl',
        exitCode.config,
      );
    case 'certificate':
      return error(
        `the certificate of ${where} is not accepted: ${plain(cause)}`,
        'set kafka.ssl.ca to the authority that signed it, and kafka.brokers to the names it is for; an expired one is to be renewed on the broker. Files are read at the start only: restart after changing one',
        exitCode.config,
      );
    case 'client-certificate':
      return error(
        ssl?.cert === undefined
          ? `${where} asks for a certificate of the client, and none is configured`
          : `${where} does not take our certificate: ${plain(cause)}`,
        'set kafka.ssl.cert and kafka.ssl.key to a certificate of an authority that the broker trusts, or use a listener without',
        exitCode.permission,
      );
    case 'denied':
      return error(
        `${where} does not allow this user what is needed: ${errorTypes(cause).join(', ')}`,
        'give it the rights listed in docs/bus.md; `moorwatch doctor` says which are missing, with the commands',
        exitCode.permission,
      );
    case 'foreign':
      return error(
        `what listens at ${brokers.join(', ')} does not speak Kafka's protocol: ${plain(cause)}`,
        cause instanceof ForeignProtocolError && cause.tls
          ? 'set kafka.ssl.enabled: true, or name the port of a listener without TLS in kafka.brokers'
          : 'name the addresses of Kafka brokers in kafka.brokers; another program, or a proxy in front of brokers that are away, answers there',
        exitCode.unavailable,
      );
    case 'away':
      return error(
        `${where} cannot be used: ${plain(cause)}`,
        ssl === undefined
          ? 'look whether the brokers run and kafka.brokers is right; a listener with TLS needs kafka.ssl.enabled'
          : 'look whether the brokers run and kafka.brokers is right; a listener without TLS needs kafka.ssl.enabled: false',
        exitCode.unavailable,
      );
  }
}

/** The message, without the file names and numbers of OpenSSL. It may quote a certificate or a broker. */
export function plain(error: unknown): string {
  const text = messageOf(error)
    .replace(/^Connection error: /, '')
    // kafkajs's words for a connection on which it was never told what the broker speaks.
    .replace(/^Broker not connected$/, 'connections are taken, but nothing is answered')
    .replace(/[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]*):.*/s, '$1');
  return escapeControl(text.trim(), 300);
}

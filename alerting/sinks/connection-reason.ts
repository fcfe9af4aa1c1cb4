import { clip } from '../../shared/clip.ts';
import { messageOf } from '../../shared/errors.ts';

interface AddressKeys {
  readonly host: string;
  readonly address: string;
  /** Another name for the certificate cannot be configured. */
  readonly isOnlyName?: boolean;
}

/**
 * What went wrong with a connection, with what to do where that can be told.
 * @param keys what the configuration calls the receiver's host and its whole address
 */
export function connectionReason(
  error: unknown,
  keys: AddressKeys = { host: 'the host in url', address: 'url' },
): string {
  const message = messageOf(error) || 'the connection failed';
  // OpenSSL puts its sources' paths and addresses around the few words that say it.
  const told = clip(/SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message, 300);
  const code = codeOf(error);
  const advice = advices.find(([codes]) => codes.test(code))?.[1];
  return advice === undefined ? told : `${told}: ${advice(keys)}`;
}

const advices: readonly (readonly [RegExp, (keys: AddressKeys) => string])[] = [
  [/^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_UNTRUSTED)$/, () => 'check ca'],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    ({ host, isOnlyName }) => `check ${host}${isOnlyName ? '' : ', or set serverName'}`,
  ],
  [/^CERT_HAS_EXPIRED$/, () => 'the certificate of the receiver must be renewed'],
  [/^ERR_SSL_WRONG_VERSION_NUMBER$/, () => 'the receiver does not speak TLS at this port'],
  [/^ERR_SSL_\w*ALERT\w*$/, () => 'the receiver does not accept our certificate: check cert and key'],
  [/^ECONNREFUSED$/, ({ address }) => `nothing listens there: check ${address}, and that the receiver runs`],
  [/^(ENOTFOUND|EAI_AGAIN)$/, ({ host }) => `check ${host}`],
];

/** nodemailer keeps the code of the system beside its own. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('originalCode' in error) return String(error.originalCode);
  return 'code' in error ? String(error.code) : '';
}

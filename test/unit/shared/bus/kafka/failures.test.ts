import { expect, it } from 'vitest';
import { errorTypes, failureKind, hasType, unusable } from '../../../../../shared/bus/kafka/failures.ts';
import { exitCode, UserError } from '../../../../../shared/errors.ts';

const failing = (facts: Record<string, unknown>, cause?: unknown): Error =>
  Object.assign(new Error('it failed', { cause }), facts);

it.each([
  [{ name: 'KafkaJSSASLAuthenticationError' }, 'login'],
  [{ type: 'ILLEGAL_SASL_STATE' }, 'mechanism'],
  [{ type: 'GROUP_AUTHORIZATION_FAILED' }, 'denied'],
  [{ code: 'CERT_HAS_EXPIRED' }, 'certificate'],
  [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'certificate'],
  [{ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }, 'client-certificate'],
  [{ code: 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE' }, 'client-certificate'],
  [{ code: 'ECONNREFUSED' }, 'away'],
  // Kafka's numbers stand there, too.
  [{ type: 'REQUEST_TIMED_OUT', code: 7 }, 'away'],
] as const)('%o is %s', (facts, kind) => {
  expect(failureKind(failing(facts))).toBe(kind);
  expect(failureKind(failing({ name: 'KafkaJSNumberOfRetriesExceeded' }, failing(facts)))).toBe(kind);
});

it('errors of a collection are seen', () => {
  const several = failing({
    errors: [failing({ type: 'TOPIC_ALREADY_EXISTS' }), failing({ type: 'POLICY_VIOLATION' })],
  });
  expect(errorTypes(several)).toEqual(['TOPIC_ALREADY_EXISTS', 'POLICY_VIOLATION']);
  expect(hasType(several, 'POLICY_VIOLATION')).toBe(true);
});

it('only who is away is called unavailable', () => {
  const endpoint = { brokers: ['b:1'], clientId: 'c' };
  expect(unusable(endpoint, failing({ code: 'ETIMEDOUT' })).code).toBe(exitCode.unavailable);
  for (const facts of [{ name: 'KafkaJSSASLAuthenticationError' }, { code: 'CERT_HAS_EXPIRED' }])
    expect(unusable(endpoint, failing(facts)).code).not.toBe(exitCode.unavailable);
});

it('a port that takes connections and is silent is told as that', () => {
  const { message } = unusable({ brokers: ['b:1'], clientId: 'c' }, new Error('Broker not connected'));
  expect(message).toBe('Kafka at b:1 cannot be used: connections are taken, but nothing is answered');
});

it('what is told already stays as it is', () => {
  const told = new UserError('topics are missing', { fix: 'create them' });
  expect(unusable({ brokers: ['b:1'], clientId: 'c' }, told)).toBe(told);
});

it('what a certificate or a broker says is escaped', () => {
  const error = Object.assign(new Error('Host: a\u001b[31m is not in the list'), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  expect(unusable({ brokers: ['b:1'], clientId: 'c' }, error).message).not.toContain('\u001b');
});

import { clip } from '../../shared/clip.ts';
import type { Failure } from './sink.ts';

const status = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** Statuses that are no fault of the message, with what to do. */
const mistakes: ReadonlyMap<number, string> = new Map([
  [status.notFound, 'check url'],
  [status.permissionDenied, 'check the credentials in headersFile, and what they allow'],
  [status.unauthenticated, 'check the credentials in headersFile'],
  [status.unimplemented, 'check url: no log records are taken there over gRPC'],
]);

/**
 * What a status of gRPC means for the message (OTLP 1.x, "OTLP/gRPC Response"). INVALID_ARGUMENT, and a message that is larger than the receiver
 * reads, are refused. OTLP calls others not to be tried again, too; those are the fault of the receiver or of the configuration, so the message waits.
 * @param details what the receiver said, or gRPC itself of the connection
 */
export function grpcVerdict(code: number, details: string, timeoutMs: number): Failure {
  const told = clip(details, 300);
  if (code === status.deadlineExceeded) return { kind: 'retry', reason: `no answer within ${timeoutMs} ms` };
  if (code === status.unavailable) return { kind: 'retry', reason: unavailable(details) };
  const fix = mistakes.get(code);
  if (fix !== undefined) return { kind: 'retry', reason: `the receiver answered ${code} (${told}): ${fix}` };
  const isTooLarge = code === status.resourceExhausted && /larger than max|exceeds maximum/i.test(details);
  const kind = code === status.invalidArgument || isTooLarge ? 'refused' : 'retry';
  return { kind, reason: `the receiver answered ${code} (${told})` };
}

/** No connection: gRPC tells the cause in a sentence only, with the time and a note around it that may be empty. */
function unavailable(details: string): string {
  const cause = lastError.exec(details)?.[1] ?? details;
  const told = clip(/SSL routines:[^:]*:([^:]+)/.exec(cause)?.[1] ?? cause, 300);
  const advice = advices.find(([sign]) => sign.test(cause))?.[1];
  return advice === undefined ? told : `${told}: ${advice}`;
}

const lastError = /Last error: (?:Error(?: \[\w+\])?: )?(.*?)(?: \(\d{4}-[^)]*\))?(?:\. Resolution note: .*)?$/s;

const advices: readonly (readonly [RegExp, string])[] = [
  [/self-signed certificate|unable to (verify|get)/, 'check ca'],
  [/does not match certificate's altnames/, 'check the host in url'],
  [/certificate has expired/, 'the certificate of the receiver must be renewed'],
  [/wrong version number|packet length too long/, 'the receiver does not speak TLS at this port'],
  [/Protocol error|^Failed to connect/, 'check that the receiver speaks gRPC at this port, and whether it wants TLS'],
  [/alert/, 'the receiver does not accept our certificate: check cert and key'],
  [/ECONNREFUSED/, 'nothing listens there: check url, and that the receiver runs'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/, 'check the host in url'],
];

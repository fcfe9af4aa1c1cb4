import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Attempts } from './attempts.ts';
import type { Problem } from './problem.ts';

/** What a client may do: see everything; decide about single things that were seen; decide how learning goes. */
export type Scope = 'read' | 'acknowledge' | 'administer';

export interface Principal {
  /** By which the audit log names it. */
  readonly name: string;
  /** The furthest of its scopes. */
  readonly role: Scope;
  readonly scopes: ReadonlySet<Scope>;
}

export interface Credentials {
  readonly authorization: string | undefined;
  /** One-time ticket of a browser, which cannot set headers on a WebSocket or an EventSource. */
  readonly ticket?: string | undefined;
  /** Where the request comes from, for limiting failures. */
  readonly address: string;
}

export interface Auth {
  authenticate(credentials: Credentials, scope: Scope): Principal | Problem;
  /** A ticket for one connection within the next seconds. */
  issueTicket(principal: Principal): { readonly ticket: string; readonly expiresInMs: number };
}

const ticketMs = 30_000;
const mostTickets = 1_000;

/**
 * The token is compared by its SHA-256 in constant time. A right token always passes, whatever failed before from the same address:
 * otherwise any neighbour on loopback could lock its owner out.
 */
export function createAuth(options: {
  readonly token: string;
  readonly attempts: Attempts;
  readonly clock: () => number;
}): Auth {
  const { attempts, clock } = options;
  const expected = sha256(options.token);
  const scopes = new Set<Scope>(['read', 'acknowledge', 'administer']);
  const owner: Principal = { name: 'local token', role: 'administer', scopes };
  const tickets = new Map<string, { readonly principal: Principal; readonly until: number }>();

  const redeem = (ticket: string): Principal | undefined => {
    const key = sha256(ticket).toString('hex');
    const known = tickets.get(key);
    tickets.delete(key);
    return known !== undefined && known.until > clock() ? known.principal : undefined;
  };
  const identify = ({ authorization, ticket }: Credentials): Principal | undefined => {
    const token = /^Bearer +([\w.~+/=-]{1,512})$/i.exec(authorization ?? '')?.[1];
    if (token !== undefined && timingSafeEqual(sha256(token), expected)) return owner;
    return ticket === undefined ? undefined : redeem(ticket);
  };

  return {
    authenticate: (credentials, scope) => {
      const principal = identify(credentials);
      if (principal !== undefined) return principal.scopes.has(scope) ? principal : forbidden(scope);
      const waitMs = attempts.failed(credentials.address);
      return waitMs > 0 ? tooMany(waitMs) : unauthorized;
    },
    issueTicket: (principal) => {
      const ticket = randomBytes(32).toString('base64url');
      tickets.set(sha256(ticket).toString('hex'), { principal, until: clock() + ticketMs });
      const [oldest] = tickets.keys();
      if (tickets.size > mostTickets && oldest !== undefined) tickets.delete(oldest);
      return { ticket, expiresInMs: ticketMs };
    },
  };
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const unauthorized: Problem = {
  status: 401,
  code: 'unauthorized',
  message: 'a valid token is needed',
  fix: 'send the content of the token file as `Authorization: Bearer <token>`; browsers get a ticket by POST /api/v1/ticket',
};

export const forbidden = (scope: Scope): Problem => ({
  status: 403,
  code: 'forbidden',
  message: `this token does not have the scope ${scope}`,
  fix: 'use a token that has it',
});

const tooMany = (waitMs: number): Problem => ({
  status: 429,
  code: 'too-many-attempts',
  message: 'too many requests without a valid token came from this address',
  fix: 'send a valid token',
  retryAfter: Math.ceil(waitMs / 1_000),
});

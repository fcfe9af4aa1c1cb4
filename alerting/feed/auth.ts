import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Buckets } from './buckets.ts';
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

/** A token that is let in. */
export interface NamedToken {
  readonly name: string;
  readonly role: Scope;
  readonly token: string;
}

/** What a role may do, each with all of those before it. */
const roles: readonly Scope[] = ['read', 'acknowledge', 'administer'];
const scopesOf = (role: Scope): ReadonlySet<Scope> => new Set(roles.slice(0, roles.indexOf(role) + 1));

/**
 * Tokens are compared by their SHA-256 in constant time. A right token always passes, whatever failed before from the same address:
 * otherwise any neighbour on loopback could lock its owner out.
 */
export function createAuth(options: {
  readonly tokens: readonly NamedToken[];
  /** Failures of an address. */
  readonly failures: Buckets;
  readonly clock: () => number;
}): Auth {
  const { failures, clock } = options;
  const known = options.tokens.map(({ name, role, token }) => {
    const principal: Principal = { name, role, scopes: scopesOf(role) };
    return { hash: sha256(token), principal };
  });
  const tickets = new Map<string, { readonly principal: Principal; readonly until: number }>();

  const redeem = (ticket: string): Principal | undefined => {
    const key = sha256(ticket).toString('hex');
    const issued = tickets.get(key);
    tickets.delete(key);
    return issued !== undefined && issued.until > clock() ? issued.principal : undefined;
  };
  const identify = ({ authorization, ticket }: Credentials): Principal | undefined => {
    const token = /^Bearer +([\w.~+/=-]{1,512})$/i.exec(authorization ?? '')?.[1];
    if (token !== undefined) {
      const hash = sha256(token);
      // All are compared, whichever it is.
      const [found] = known.filter((one) => timingSafeEqual(one.hash, hash));
      if (found !== undefined) return found.principal;
    }
    return ticket === undefined ? undefined : redeem(ticket);
  };

  return {
    authenticate: (credentials, scope) => {
      const principal = identify(credentials);
      if (principal !== undefined) return principal.scopes.has(scope) ? principal : forbidden(scope);
      const waitMs = failures.take(credentials.address);
      return waitMs > 0 ? tooMany(waitMs, tooManyAttempts) : unauthorized;
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

/** Asked too often: a problem that says when to ask again. */
export const tooMany = (waitMs: number, what: Pick<Problem, 'code' | 'message'>): Problem => ({
  status: 429,
  ...what,
  fix: 'wait as long as Retry-After says',
  retryAfter: Math.ceil(waitMs / 1_000),
});
const tooManyAttempts = {
  code: 'too-many-attempts',
  message: 'too many requests without a valid token came from this address',
};

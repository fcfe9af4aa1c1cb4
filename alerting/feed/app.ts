import { Hono, type MiddlewareHandler } from 'hono';
import { messageOf } from '../../shared/errors.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { type AppEnv, answer } from './answer.ts';
import { type Auth, tooMany } from './auth.ts';
import type { Buckets } from './buckets.ts';
import type { Claimed } from './guard.ts';
import { logProblem } from './log-questions.ts';
import { isProblem, type Problem } from './problem.ts';
import type { Room } from './room.ts';
import { type RouteOptions, routes } from './routes.ts';

export interface AppOptions extends RouteOptions {
  readonly auth: Auth;
  readonly room: Pick<Room, 'trust'>;
  readonly guard: (claimed: Claimed) => Problem | undefined;
  readonly allowedOrigins: readonly string[];
  readonly telemetry: Telemetry;
  /** Of each token. */
  readonly requests: Buckets;
}

/** Longest request body, in bytes. A decision may bring a profile; what it becomes must fit a record of the log. */
const mostBody = 16 * 1024;
const mostDecision = 800_000;

/** The HTTP side of the feed. Order is the policy: who is called, what may be asked without a token, who asks, what is asked. */
export function createApp(options: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(securityHeaders);
  app.use(guarded(options));
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', (c) => (options.freshness().current ? c.json({ status: 'ready' }) : answer(c, notReady)));
  app.use(authenticated(options));
  app.route('/', routes(options));
  app.notFound((c) => answer(c, notFound));
  app.onError((error, c) => {
    options.telemetry.happened({ name: 'feedRefused', reason: `request failed: ${messageOf(error)}` });
    return answer(c, logProblem(error) ?? failed);
  });
  return app;
}

const securityHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.header('Cache-Control', 'no-store');
  c.header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  c.header('Cross-Origin-Resource-Policy', 'same-origin');
  c.header('Referrer-Policy', 'no-referrer');
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('X-Frame-Options', 'DENY');
  await next();
};

/** Host, Origin and size; pages of allowed origins may ask from elsewhere (CORS). */
function guarded(options: AppOptions): MiddlewareHandler<AppEnv> {
  const origins = new Set(options.allowedOrigins.map((origin) => origin.toLowerCase()));
  return async (c, next) => {
    const { host, origin, 'content-length': length, 'transfer-encoding': chunked } = c.env.incoming.headers;
    const problem = options.guard({ host, origin, localAddress: c.env.incoming.socket.localAddress });
    if (problem !== undefined) {
      options.telemetry.happened({ name: 'feedRefused', reason: problem.code });
      return answer(c, problem);
    }
    const most = c.req.path === '/api/v1/decisions' ? mostDecision : mostBody;
    if (chunked !== undefined || Number(length ?? 0) > most) return answer(c, tooLarge(most));
    if (origin !== undefined && origins.has(origin.toLowerCase())) {
      c.header('Access-Control-Allow-Origin', origin);
      c.header('Cross-Origin-Resource-Policy', 'cross-origin');
      c.header('Vary', 'Origin');
      if (c.req.method === 'OPTIONS') {
        c.header('Access-Control-Allow-Headers', 'Authorization, Content-Type, Last-Event-ID');
        return c.body(null, 204);
      }
    }
    return next();
  };
}

function authenticated({ auth, room, telemetry, requests }: AppOptions): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { headers, socket } = c.env.incoming;
    const ticket = c.req.path === '/events' ? c.req.query('ticket') : undefined;
    const address = socket.remoteAddress ?? '';
    const principal = auth.authenticate({ authorization: headers.authorization, ticket, address }, 'read');
    if (isProblem(principal)) {
      telemetry.happened({ name: 'feedRefused', reason: principal.code });
      if (principal.status === 401) c.header('WWW-Authenticate', 'Bearer');
      return answer(c, principal);
    }
    room.trust(socket);
    const waitMs = requests.take(principal.name);
    if (waitMs > 0) {
      telemetry.happened({ name: 'feedRefused', reason: 'too-many-requests' });
      return answer(c, tooMany(waitMs, { code: 'too-many-requests', message: 'this token asks too often' }));
    }
    c.set('principal', principal);
    return next();
  };
}

const notFound: Problem = {
  status: 404,
  code: 'not-found',
  message: 'there is nothing under this address',
  fix: 'see GET /api/v1/openapi.json',
};
const notReady: Problem = {
  status: 503,
  code: 'not-ready',
  message: 'the log is still being read, or does not answer',
  fix: 'ask again in a moment',
  retryAfter: 1,
};
const tooLarge = (most: number): Problem => ({
  status: 413,
  code: 'too-large',
  message: `a request body has at most ${most} bytes, and its length is given`,
  fix: 'send less',
});
const failed: Problem = {
  status: 500,
  code: 'failed',
  message: 'the request could not be answered',
  fix: 'look at the log of moorwatch; ask again later',
};

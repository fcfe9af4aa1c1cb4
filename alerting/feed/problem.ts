/** Why a request is refused, as the client is told: `{error: {code, message, fix}}`. */
export interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 421 | 429 | 500 | 503;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

export const problemBody = ({ code, message, fix }: Problem): string =>
  JSON.stringify({ error: { code, message, fix } });

export const isProblem = (value: object): value is Problem => 'fix' in value && 'status' in value;

export const noIncident: Problem = {
  status: 404,
  code: 'unknown-incident',
  message: 'no incident has this id, or it is older than what is kept',
  fix: 'see `moorwatch incidents` (GET /api/v1/incidents)',
};

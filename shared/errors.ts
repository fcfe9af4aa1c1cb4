/** Process exit codes (sysexits where one exists). */
export const exitCode = {
  ok: 0,
  failure: 1,
  usage: 2,
  findings: 3,
  unavailable: 69,
  permission: 77,
  config: 78,
} as const;

/** Something the person at the keyboard can mend. `fix` says what to do next; it is printed below the message. */
export class UserError extends Error {
  readonly fix: string;
  readonly code: number;

  constructor(message: string, options: { fix: string; code?: number; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'UserError';
    this.fix = options.fix;
    this.code = options.code ?? exitCode.failure;
  }
}

/** A peer (engine, broker, receiver) did not answer as it should; the same call may succeed later. */
export class UnavailableError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'UnavailableError';
  }
}

/** Input that cannot be read. `place` names where: a file with line and column, or topic/partition/offset. */
export class MalformedError extends Error {
  readonly place: string;

  constructor(message: string, options: { place: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = 'MalformedError';
    this.place = options.place;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

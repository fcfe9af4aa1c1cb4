import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { exitCode, messageOf, UnavailableError, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { type Finding, findingSchema } from '../../shared/finding.ts';
import { createBackoff } from '../processes/backoff.ts';
import type { Terminal } from '../terminal.ts';
import type { Api } from './api.ts';
import type { ServerEvent } from './sse.ts';

/** Something of a stream, and the cursor behind it. */
export interface Followed<T> {
  readonly cursor: string;
  readonly value: T;
}

/** One connection: from behind the cursor (absent: where the command begins) until it ends or the signal aborts. */
export type Connect<T> = (after: string | undefined, opened: () => void) => AsyncIterable<Followed<T>>;

/**
 * Follows a stream until the signal, over every end of its connection: says so, connects again, and goes on behind the last that came. So
 * nothing is missing and nothing comes twice.
 * @throws what the first connection throws, and later what trying again cannot help
 */
export async function* followed<T>(options: {
  readonly connect: Connect<T>;
  readonly signal: AbortSignal;
  readonly terminal: Pick<Terminal, 'complain'>;
  readonly firstPauseMs?: number;
}): AsyncGenerator<T> {
  const { connect, signal, terminal, firstPauseMs = 500 } = options;
  const backoff = createBackoff({ firstMs: firstPauseMs, maxMs: 10_000, healthyMs: 30_000 });
  let after: string | undefined;
  let known = false;
  let lostAt: number | undefined;
  const opened = (): void => {
    known = true;
    if (lostAt !== undefined)
      terminal.complain(
        `connected again after ${Math.round((performance.now() - lostAt) / 1_000)} s, going on where it ended`,
      );
    lostAt = undefined;
  };
  while (!signal.aborted) {
    const began = performance.now();
    try {
      for await (const { cursor, value } of connect(after, opened)) {
        after = cursor;
        yield value;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!known || !passes(error)) throw error;
      if (lostAt === undefined)
        terminal.complain(`${escapeControl(messageOf(error), 500)}: trying again (Ctrl-C ends)`);
      lostAt ??= performance.now();
    }
    await delay(backoff.next(performance.now() - began), undefined, { signal }).catch(() => undefined);
  }
}

const passes = (error: unknown): boolean =>
  error instanceof UnavailableError || (error instanceof UserError && error.code === exitCode.unavailable);

const lineSchema = z.object({ cursor: z.string(), finding: findingSchema });

/** Findings, past and to come. */
export async function* findingsOf(
  api: Api,
  query: Readonly<Record<string, string>>,
  at: { readonly after: string | undefined; readonly signal: AbortSignal; opened(): void },
): AsyncGenerator<Followed<Finding>> {
  const { after, signal, opened } = at;
  const asked = new URLSearchParams({ ...query, follow: '1', cursors: '1', ...(after === undefined ? {} : { after }) });
  for await (const line of api.lines(`/api/v1/findings?${asked.toString()}`, signal, opened)) {
    const { cursor, finding } = lineSchema.parse(JSON.parse(line));
    yield { cursor, value: finding };
  }
}

/** Events of the feed; `after` in the query is where it begins at first. */
export async function* eventsOf(
  api: Api,
  query: Readonly<Record<string, string>>,
  at: { readonly after: string | undefined; readonly signal: AbortSignal; opened(): void },
): AsyncGenerator<Followed<ServerEvent>> {
  const { after, signal, opened } = at;
  const asked = new URLSearchParams({ ...query, ...(after === undefined ? {} : { after }) });
  for await (const event of api.events(`/events?${asked.toString()}`, signal, opened))
    if (event.id !== '') yield { cursor: event.id, value: event };
}

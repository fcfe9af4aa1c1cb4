import { UnavailableError } from '../../errors.ts';

/**
 * The work, or an error after so long: kafkajs can lose a request. It takes a connection that is being closed for an open one, sends on
 * it and stops its time-outs, so that nobody ever settles the promise.
 *
 * @throws UnavailableError after `ms`; the work itself goes on until its client is closed.
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnavailableError(`the broker did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The work, as long as something moves: for what may wait through an outage of any length, so that only a lost request ends it.
 *
 * @throws UnavailableError when `traffic` gave the same number for `quietMs`.
 */
export async function whileMoving<T>(
  watched: { readonly quietMs: number; readonly traffic: () => number },
  work: Promise<T>,
): Promise<T> {
  const { quietMs, traffic } = watched;
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_, reject) => {
    let seen = traffic();
    let quiet = 0;
    // Two looks in a row: one alone also comes when this process itself was stopped for a while.
    timer = setInterval(() => {
      const now = traffic();
      quiet = now === seen ? quiet + 1 : 0;
      if (quiet === 2) reject(new UnavailableError(`nothing was sent to a broker for ${quietMs} ms`));
      seen = now;
    }, quietMs / 2);
  });
  try {
    return await Promise.race([work, stuck]);
  } finally {
    clearInterval(timer);
  }
}

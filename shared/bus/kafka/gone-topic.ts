import { exitCode, UserError } from '../../errors.ts';
import { hasType } from './failures.ts';

/** For so long a broker that has just started, or a topic that was just made, may not know better. */
const patienceMs = 30_000;

/**
 * Tells a topic that is gone (deleted, or its brokers came back without their disks) from one that a broker does not know yet. What this
 * process holds of it is of a log that is no more, so the process is to end; its next start makes the topic, or says that it may not.
 */
export function createGoneTopic(topic: string, now: () => number): (error: unknown) => unknown {
  let since: number | undefined;
  return (error) => {
    if (!hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION')) {
      since = undefined;
      return error;
    }
    since ??= now();
    if (now() - since < patienceMs) return error;
    return new UserError(`the brokers answer, but the topic ${topic} is gone`, {
      fix: 'it was deleted, or the brokers lost their disks: restart every part (with kafka.topics: create it is made anew), and look what became of it',
      code: exitCode.failure,
      cause: error,
    });
  };
}

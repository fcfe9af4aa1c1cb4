import type { AnswersLine } from '../../kernel/answers-line.ts';
import type { DnsAnswer } from '../../kernel/dns-answer.ts';
import { parseDnsQuestion } from '../../kernel/dns-question.ts';
import { dropOldest } from '../../newest.ts';

/** What the engine asked others for, and from where. */
export interface Forwards {
  /** `untrusted`: it asked somebody that a process of the container can be. */
  add(forward: Extract<AnswersLine, { kind: 'forward' }>, now: number): 'untrusted' | undefined;
  /** It asked just now what this is the answer to. */
  has(namespace: number, answer: DnsAnswer, now: number): boolean;
}

/** The engine waits some seconds for each of the servers that it knows. */
const waitMs = 30_000;
const mostRemembered = 4_096;

/**
 * `network`: inode of the engine's own network namespace, where it asks servers on the host's loopback. Of a container's own only addresses of IPv4 beyond
 * its own are trusted: sending from another's takes a capability there (measured: IP_FREEBIND does not do), which IPv6 does not ask for (measured).
 */
export function createForwards(network: number | undefined): Forwards {
  const asked = new Map<string, number>();
  const keyOf = (where: number | 'engine', { type, name }: { readonly type: string; readonly name: string }): string =>
    `${where} ${type} ${name}`;
  return {
    add: ({ namespace, from, to, bytes }, now) => {
      const isEngines = namespace === network;
      if (!isEngines && (to === undefined || to === from || /^(?:127|0)\./.test(to))) return 'untrusted';
      const question = parseDnsQuestion(bytes);
      if (question === undefined) return undefined;
      const key = keyOf(isEngines ? 'engine' : namespace, question);
      asked.delete(key);
      asked.set(key, now);
      dropOldest(asked, mostRemembered);
      return undefined;
    },
    has: (namespace, answer, now) =>
      (['engine', namespace] as const).some((where) => {
        const at = asked.get(keyOf(where, answer));
        return at !== undefined && now - at < waitMs;
      }),
  };
}

import { dropOldest } from '../../newest.ts';
import type { SweptContainer } from '../../sweeps.ts';
import type { Left } from './left-out.ts';

/** The same question of one container is told again after so long, with how often it was asked meanwhile. */
const repeatMs = 60_000;
/** So many questions of one container are told in so long; what is beyond that is counted. */
const mostInWindow = 300;
const windowMs = 60_000;
/** So many questions of one container are remembered, and so many containers. */
const mostQuestions = 1_024;
const mostContainers = 4_096;

/** Questions of one container that were not told, between two times. */
export interface LeftOut extends Left {
  /** As it was known when it asked last: it may have ended. */
  readonly container: SweptContainer;
}

/** What is told of the questions of each container, so that one that asks without end says no more than others. */
export interface ToldQuestions {
  /** How often it was asked since it was last told, where it is to be told now. Without `room` it is left out and counted. */
  ask(container: SweptContainer, question: string, now: number, room: boolean): number | undefined;
  /** So many were not even seen. */
  missed(container: SweptContainer, count: number, now: number): void;
  /** Of windows that are over. */
  leftOut(now: number): readonly LeftOut[];
}

interface Asking {
  container: SweptContainer;
  /** Question → when it was last told and how often it was asked since. */
  readonly questions: Map<string, { readonly at: number; readonly untold: number }>;
  from: number;
  told: number;
  left: number;
}

export function createToldQuestions(): ToldQuestions {
  const askings = new Map<string, Asking>();
  /** Of windows that are over, and of containers that were forgotten before theirs was. */
  const closed: LeftOut[] = [];
  const close = (asking: Asking, now: number): void => {
    if (asking.left > 0) closed.push({ container: asking.container, from: asking.from, to: now, count: asking.left });
    Object.assign(asking, { from: now, told: 0, left: 0 });
  };
  const of = (container: SweptContainer, now: number): Asking => {
    const known = askings.get(container.id);
    if (known !== undefined) {
      if (now - known.from >= windowMs) close(known, now);
      return Object.assign(known, { container });
    }
    const fresh: Asking = { container, questions: new Map(), from: now, told: 0, left: 0 };
    askings.set(container.id, fresh);
    const [oldest] = askings.values();
    if (dropOldest(askings, mostContainers) !== undefined && oldest !== undefined) close(oldest, now);
    return fresh;
  };
  return {
    ask: (container, question, now, room) => {
      const asking = of(container, now);
      const last = asking.questions.get(question);
      if (last !== undefined && now - last.at < repeatMs) {
        asking.questions.set(question, { ...last, untold: last.untold + 1 });
        return undefined;
      }
      if (!room || asking.told >= mostInWindow) {
        asking.left += 1;
        return undefined;
      }
      asking.told += 1;
      asking.questions.delete(question);
      asking.questions.set(question, { at: now, untold: 0 });
      dropOldest(asking.questions, mostQuestions);
      return last?.untold ?? 0;
    },
    missed: (container, count, now) => {
      of(container, now).left += count;
    },
    leftOut: (now) => {
      for (const [container, asking] of askings) {
        if (now - asking.from < windowMs) continue;
        const isIdle = asking.told === 0 && asking.left === 0;
        if (isIdle && [...asking.questions.values()].every(({ at }) => now - at >= forgetMs)) askings.delete(container);
        else if (!isIdle) close(asking, now);
      }
      return closed.splice(0);
    },
  };
}

/** What a container that asks nothing asked before is forgotten. */
const forgetMs = 3_600_000;

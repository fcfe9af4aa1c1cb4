import type { Placeholders } from './placeholders.ts';
import { type NodeLike, RuleError } from './source.ts';

/** Values that are made of those that a rule writes, beside those: what is written costs what it is long, these cost any number of times that. */
const most = { rule: 10_000, file: 50_000 };

const causes = 'base64offset makes three of each, every dash before it by windash five, expand one for each value';

/** What a value of a rule may grow by. */
export interface Room {
  /** False: there was none already, and that was told. @throws RuleError when there is none any more */
  take(count: number, node: NodeLike): boolean;
}

/** What the values of a rule are read with. */
export interface Expansion {
  readonly placeholders: Placeholders;
  readonly room: Room;
}

/** Rooms for the rules of one file: each has one of its own, and all have one together. */
export function createRooms(): () => Room {
  let ofFile = 0;
  return () => {
    let ofRule = 0;
    let isFull = false;
    return {
      take(count, node) {
        if (isFull) return false;
        ofRule += count;
        ofFile += count;
        isFull = ofRule > most.rule || ofFile > most.file;
        if (!isFull) return true;
        const message =
          ofRule > most.rule
            ? `the rule asks for ${ofRule} values beside those that it writes, and there is room for ${most.rule}: ${causes}; write fewer, or make several rules`
            : `the rules of this file ask for ${ofFile} values beside those that they write, and there is room for ${most.file}: ${causes}; write fewer, or put some into another file`;
        throw new RuleError(message, node);
      },
    };
  };
}

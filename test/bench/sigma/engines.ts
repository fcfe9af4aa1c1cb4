import { linkRules } from '../../../analyzer/sigma/compile.ts';
import { createCorrelator } from '../../../analyzer/sigma/correlation/correlator.ts';
import { createMemoryStore } from '../../../analyzer/sigma/correlation/memory-store.ts';
import { createEvaluator } from '../../../analyzer/sigma/evaluate.ts';
import { readRules } from '../../../analyzer/sigma/load.ts';
import { type CorpusOptions, generateRules } from '../../support/sigma/corpus.ts';
import { matches, type PlainEvent } from '../../support/sigma/oracle.ts';

/** Takes lines of JSON text in pieces that end anywhere. */
export interface LineEngine {
  /** Events with a match among the lines that end in this piece. */
  feed(chunk: Buffer): number;
}

/** A line without its line break; gives whether something matches. */
type OnLine = (buffer: Buffer, from: number, to: number) => boolean;

const lineBreak = 0x0a;

/** Splits into lines. */
function byLine(onLine: OnLine): LineEngine {
  let rest: Buffer = Buffer.alloc(0);
  return {
    feed(chunk) {
      const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let matched = 0;
      let from = 0;
      for (let to = buffer.indexOf(lineBreak); to >= 0; to = buffer.indexOf(lineBreak, from)) {
        if (onLine(buffer, from, to)) matched += 1;
        from = to + 1;
      }
      rest = buffer.subarray(from);
      return matched;
    },
  };
}

/** The least that any engine does which begins with parsing. Of six ways to write it this was the fastest (Node 20). */
export const bareLoop = (): LineEngine =>
  byLine((buffer, from, to) => JSON.parse(buffer.toString('utf8', from, to)) === null);

/** Each rule on each event, nothing prepared: the evaluator that tests compare with. */
export function oracle(corpus: CorpusOptions): LineEngine {
  const rules = generateRules(corpus);
  return byLine((buffer, from, to) => {
    const event = JSON.parse(buffer.toString('utf8', from, to)) as PlainEvent;
    return rules.filter(({ document }) => matches(document, event)).length > 0;
  });
}

/** What the index of our engine did. */
export interface IndexStats {
  readonly rules: number;
  readonly refused: number;
  readonly predicates: number;
  /** Rules tried per event. */
  readonly candidates: number;
  /** Share of the rules that is tried on every event. */
  readonly alwaysEvaluated: number;
}

export interface Engine extends LineEngine {
  stats(): IndexStats;
}

/** What `rules eval` does with these paths: every rule on every event, whatever its log source, down to the lines that it writes. */
export async function openEngine(paths: readonly string[]): Promise<Engine> {
  const { documents, problems } = await readRules(paths);
  const linked = linkRules(documents.map(({ rule }) => rule));
  const evaluator = createEvaluator(linked, {
    logsource: undefined,
    timeField: undefined,
    correlator: createCorrelator(linked.correlations, createMemoryStore()),
    onProblem: (line, message) => {
      throw new Error(`line ${line}: ${message}`);
    },
  });
  return {
    feed: (chunk) => countLines(evaluator.feed(chunk)),
    stats() {
      const { entries, predicates, witnesses, events, candidates } = evaluator.detector.matcher.stats();
      return {
        rules: entries,
        refused: problems.filter(({ severity }) => severity === 'error').length,
        predicates,
        candidates: candidates / events,
        alwaysEvaluated: witnesses.always / entries,
      };
    },
  };
}

const countLines = (text: string): number => text.split('\n').length - 1;

import type { BusRecord } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import {
  answerHeader,
  type Decision,
  type DecisionAnswer,
  decisionAnswerSchema,
  summaryOfOrder,
} from '../../shared/decision.ts';
import type { LogToRead } from './log-questions.ts';

/** A decision and what became of it: a line of the audit log. */
export interface DecisionLine {
  readonly id: string;
  readonly status: 'pending' | DecisionAnswer['result'];
  /** When it was made, ms. */
  readonly at: number;
  readonly host: Decision['host'];
  readonly actor: Decision['actor'];
  readonly reason: string;
  readonly order: DecisionAnswer['made']['order'];
  /** What was done, or why not. */
  readonly text?: string;
  /** Where it was about several features, each. */
  readonly features?: DecisionAnswer['features'];
  /** Id of the incident in which the one that it was about goes on. */
  readonly successor?: string;
  /** Record time at which it was answered, ms. */
  readonly answeredAt?: number;
}

/** The newest decisions, from the answers in `findings` (the analyzer's) and `incidents`; those that wait are known to the feed that took them. */
export interface DecisionBoard {
  /** It was appended and waits for its answer. */
  note(decision: Decision): void;
  /** Newest first, after a look at what was answered since the last one. */
  list(log: LogToRead, limit: number): Promise<readonly DecisionLine[]>;
  get(log: LogToRead, id: string): Promise<DecisionLine | undefined>;
}

const mostLines = 2_000;
/** Outputs of the stages that obey. */
const answerTopics = [topic.findings, topic.incidents];

export function createDecisionBoard(): DecisionBoard {
  const lines = new Map<string, DecisionLine>();
  const positions = new Map(answerTopics.map((name) => [name, new Map<number, number>()]));
  let reading: Promise<void> | undefined;

  const keep = (line: DecisionLine): void => {
    lines.delete(line.id);
    lines.set(line.id, line);
    const [oldest] = lines.keys();
    if (lines.size > mostLines && oldest !== undefined) lines.delete(oldest);
  };
  /** The first look reads all that the log has, each later one what came since. */
  const readTopic = async (log: LogToRead, name: string, position: Map<number, number>): Promise<void> => {
    const from = position.size === 0 ? 'oldest' : { offsets: new Map(position) };
    for await (const { records, next } of log.read(name, { from, follow: false })) {
      for (const record of records) {
        const answer = answerIn(record);
        if (answer !== undefined) keep(answered(answer));
      }
      for (const [partition, offset] of next) position.set(partition, offset);
    }
  };
  const read = async (log: LogToRead): Promise<void> => {
    for (const [name, position] of positions) await readTopic(log, name, position);
  };
  const catchUp = async (log: LogToRead): Promise<void> => {
    reading ??= read(log).finally(() => {
      reading = undefined;
    });
    await reading;
  };

  return {
    note: ({ id, at, host, actor, reason, order }) => {
      if (lines.has(id)) return;
      keep({ id, status: 'pending', at, host, actor, reason, order: summaryOfOrder(order) });
    },
    list: async (log, limit) => {
      await catchUp(log);
      return [...lines.values()].sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1)).slice(0, limit);
    },
    get: async (log, id) => {
      await catchUp(log);
      return lines.get(id);
    },
  };
}

function answerIn({ headers, value }: BusRecord): DecisionAnswer | undefined {
  if (headers[answerHeader] === undefined || value === null) return undefined;
  try {
    const parsed = decisionAnswerSchema.safeParse(JSON.parse(value));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // The incident stage has told what cannot be read.
    return undefined;
  }
}

const answered = ({ decision, result, at, host, text, features, successor, made }: DecisionAnswer): DecisionLine => ({
  id: decision,
  status: result,
  host,
  ...made,
  text,
  ...(features && { features }),
  ...(successor !== undefined && { successor }),
  answeredAt: at,
});

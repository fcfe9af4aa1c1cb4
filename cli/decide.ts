import { userInfo } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { decisionAnswerSchema, type Order } from '../shared/decision.ts';
import { exitCode, messageOf, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { answerLines } from './answer-lines.ts';
import type { Api } from './client/api.ts';
import type { CliContext, GlobalFlags } from './context.ts';
import { jsonLine } from './json-line.ts';
import { portOption } from './options.ts';

/** Flags of every command that decides. */
export interface DecisionFlags extends GlobalFlags {
  readonly reason: string;
  readonly owner?: string;
  readonly json?: boolean;
}

/** Gives a command the options of one that decides. */
export const decides = (command: Command): Command =>
  withDecider(command.requiredOption('--reason <text>', 'why, for the audit log (required)'));

/** The same for one that does not always decide: it asks for the reason itself. */
export const mayDecide = (command: Command): Command =>
  withDecider(command.option('--reason <text>', 'why, for the audit log'));

const withDecider = (command: Command): Command =>
  command
    .option('--owner <name>', 'who decides (default: the name of your account)')
    .option('--json', 'the decision and its answer as one JSON object')
    .addOption(portOption());

/** How long a command waits for the answer, and how often it looks, ms. */
const patience = { atMost: 30_000, pause: 250 } as const;

/** Who obeys, for a person whose decision was refused or not answered. */
export interface Obeying {
  readonly by: string;
  /** What to do when it was refused. */
  readonly refused: string | ((answer: Answer) => string);
}

const takenSchema = z.object({ id: z.string() });
const lineSchema = z.looseObject({
  status: z.enum(['pending', 'applied', 'refused']),
  text: z.string().optional(),
  features: decisionAnswerSchema.shape.features,
  successor: z.string().optional(),
});
type Line = z.infer<typeof lineSchema>;
/** What became of a decision. */
export type Answer = Pick<Line, 'text' | 'successor'>;

/**
 * Sends a decision and waits for its answer, which it prints.
 * @throws UserError when it is refused, or not answered in time (69): then it may still be obeyed
 */
export async function decideAndWait(
  context: CliContext,
  asked: {
    readonly api: Api;
    readonly flags: DecisionFlags;
    readonly order: Order;
    readonly host: string;
    /** The workload of an import is meant, seen or not: it was looked for. */
    readonly meant?: boolean;
  },
  obeying: Obeying,
  wait: { readonly atMost: number; readonly pause: number } = patience,
): Promise<void> {
  const { api, flags, order, host, meant } = asked;
  const owner = flags.owner ?? accountName();
  const request = {
    host,
    reason: flags.reason,
    order,
    ...(owner !== undefined && { owner }),
    ...(meant === true && { meant }),
  };
  const { id } = takenSchema.parse(await api.post('/api/v1/decisions', request));
  const line = await answerTo(api, id, wait);
  if (line === undefined) {
    throw new UserError(`the decision was taken, but ${obeying.by} did not answer within ${wait.atMost / 1_000} s`, {
      fix: `see \`moorwatch doctor\`, and later what became of it: \`moorwatch baselines decisions ${id}\``,
      code: exitCode.unavailable,
    });
  }
  if (flags.json === true) context.terminal.out(jsonLine(line));
  if (line.status === 'refused') {
    const fix = typeof obeying.refused === 'string' ? obeying.refused : obeying.refused(line);
    throw new UserError(`refused: ${escapeControl(line.text ?? '', 1_000)}`, { fix });
  }
  if (flags.json === true) return;
  for (const one of answerLines(line.text ?? '', line.features)) context.terminal.out(one);
}

/** Undefined when there is none in time. A feed that fails meanwhile may be back in a moment. */
async function answerTo(
  api: Api,
  id: string,
  { atMost, pause }: { readonly atMost: number; readonly pause: number },
): Promise<Line | undefined> {
  for (let waited = 0; waited < atMost; waited += pause) {
    await delay(pause);
    const line = await api.get(`/api/v1/decisions/${encodeURIComponent(id)}`).then(
      (body) => lineSchema.parse(body),
      () => undefined,
    );
    if (line !== undefined && line.status !== 'pending') return line;
  }
  return undefined;
}

/** Undefined for a user id without an account. */
function accountName(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch (error) {
    if (!messageOf(error).includes('ENOENT')) throw error;
    return undefined;
  }
}

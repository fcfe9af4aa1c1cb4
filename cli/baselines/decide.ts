import type { Command } from 'commander';
import type { BaselineOrder } from '../../shared/decision.ts';
import type { Api } from '../client/api.ts';
import type { CliContext } from '../context.ts';
import { decideAndWait as decideBy, decides as decidesAnything, type DecisionFlags as Flags } from '../decide.ts';

/** Flags of every command that decides about baselines. */
export interface DecisionFlags extends Flags {
  readonly on?: string;
}

/** Gives a command the options of one that decides about baselines. */
export const decides = (command: Command): Command =>
  decidesAnything(command).option(
    '--on <host>',
    'the host of the workload (name or id), where several have one of that name',
  );

/**
 * Sends a decision about baselines and waits for the analyzer's answer, which it prints.
 * @throws UserError when it is refused, or not answered in time (69): then it may still be obeyed
 */
export const decideAndWait = (
  context: CliContext,
  asked: {
    readonly api: Api;
    readonly flags: Flags;
    readonly order: BaselineOrder;
    readonly host: string;
    readonly meant?: boolean;
  },
  wait?: { readonly atMost: number; readonly pause: number },
): Promise<void> =>
  decideBy(
    context,
    asked,
    { by: 'the analyzer', refused: 'see `moorwatch baselines show`, what is known may have changed' },
    wait,
  );

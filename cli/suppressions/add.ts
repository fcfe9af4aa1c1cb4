import { type Command, InvalidArgumentError } from 'commander';
import { exitCode, UserError } from '../../shared/errors.ts';
import { connectApi } from '../client/api.ts';
import type { MakeContext } from '../context.ts';
import { type DecisionFlags, decideAndWait, mayDecide, type Obeying } from '../decide.ts';
import { parseSince } from '../time.ts';
import { readHistory } from './history.ts';
import { isGrave, previewLines, previewOf } from './preview.ts';
import { type ScopeFlags, targetOf } from './scope.ts';

interface AddFlags extends Omit<DecisionFlags, 'reason'>, ScopeFlags {
  readonly reason?: string;
  readonly for: number;
  readonly since?: number;
  readonly preview?: boolean;
  readonly yes?: boolean;
}

export const obeying: Obeying = { by: 'alerting', refused: 'see `moorwatch suppressions list` and docs/alerting.md' };

const hourMs = 3_600_000;

/** `suppressions add`: known, wanted, and no longer an incident. */
export function addSuppressionAdd(suppressions: Command, contextOf: MakeContext): void {
  mayDecide(
    suppressions
      .command('add')
      .description('findings of that scope open no incident any more; first tells what it would have hidden'),
  )
    .option(
      '--finding <id>',
      'the rule, workload and configuration of the finding of that id, or that begins so, where nothing else is said',
    )
    .option('--rule <id>', 'of that rule')
    .option('--row <row>', 'of that row of the catalogue: CFG-01')
    .option('--workload <workload>', 'of that workload, by name or id')
    .option('--image <id>', 'of containers of that image, by its id')
    .option('--configuration <hash>', 'of containers of exactly that configuration')
    .option('--field <name=value...>', 'with exactly that value of a field, as `findings --json` has it')
    .option('--on <host>', 'on that host (name or id), where the log has findings of several')
    .requiredOption('--for <time>', 'how long: 12h, 30d (at most incidents.suppressionMaxDays)', spanOf)
    .option('--since <time>', 'look at findings since 2h, 3d, or a time (default: all that are kept)', (text) =>
      parseSince(text, Date.now()),
    )
    .option('--preview', 'only tell what it would have hidden')
    .option('--yes', 'add it without telling that, and although it is grave')
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<AddFlags>();
      const context = contextOf(flags);
      const api = connectApi(context);
      const history = await readHistory(api, flags.since);
      const { host, scope } = targetOf(flags, history);
      const preview = previewOf({ host, scope }, history);
      if (flags.yes !== true) for (const line of previewLines(preview, history)) context.terminal.say(line);
      if (flags.preview === true) return;
      const { reason } = flags;
      if (reason === undefined) throw noReason();
      if (flags.yes !== true && isGrave(preview)) throw grave();
      const order = { type: 'suppress', scope, expiresAt: Date.now() + flags.for } as const;
      await decideAndWait(context, { api, flags: { ...flags, reason }, order, host: host.id }, obeying);
    });
}

function spanOf(text: string): number {
  const span = /^(\d{1,6})([hd])$/.exec(text);
  const ms = Number(span?.[1] ?? 0) * (span?.[2] === 'd' ? 24 * hourMs : hourMs);
  if (ms <= 0) throw new InvalidArgumentError('a span of time is 12h or 30d');
  return ms;
}

const noReason = (): UserError =>
  new UserError('why is it suppressed?', { fix: 'say it with --reason, for the audit log', code: exitCode.usage });

const grave = (): UserError =>
  new UserError('it would have hidden findings of high or above, so it was not added', {
    fix: 'make it narrower, or say --yes once you have looked at them',
  });

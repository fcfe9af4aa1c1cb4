import type { Command } from 'commander';
import { z } from 'zod';
import { escapeControl } from '../shared/escape.ts';
import { severities } from '../shared/finding.ts';
import { incidentUpdateSchema } from '../shared/incident.ts';
import { connectApi } from './client/api.ts';
import { type Connect, eventsOf, followed } from './client/follow.ts';
import type { ServerEvent } from './client/sse.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { untilInterrupted } from './interrupt.ts';
import { jsonLine } from './json-line.ts';
import { choice, portOption } from './options.ts';
import { type RuleAdvice, renderUpdate } from './render.ts';
import { adviceOf, loadConfiguredRules } from './rule-set.ts';

interface TailFlags extends GlobalFlags {
  readonly json?: boolean;
  readonly after?: string;
  readonly severity?: string;
}

const eventSchema = z.object({ data: incidentUpdateSchema });

/** `tail`: incidents as they happen, from the feed of the running Moorwatch. */
export function addTail(program: Command, contextOf: MakeContext): void {
  program
    .command('tail')
    .description('incidents as they happen')
    .option('--json', 'one JSON object an update')
    .option('--after <cursor>', 'begin behind this cursor of the feed, or at "oldest"')
    .addOption(choice('--severity <severity>', 'only of at least this severity', severities))
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<TailFlags>();
      const context = contextOf(flags);
      const interrupted = untilInterrupted();
      await tail(context, flags, interrupted.signal);
      context.exitWith(interrupted.code());
    });
}

async function tail(context: CliContext, flags: TailFlags, signal: AbortSignal): Promise<void> {
  const api = connectApi(context);
  const { terminal } = context;
  const advice =
    flags.json === true ? new Map<string, RuleAdvice>() : adviceOf(await loadConfiguredRules(configOf(context).config));
  terminal.say(`incidents of the Moorwatch at ${api.url}, as they happen (Ctrl-C ends)`);
  // A feed that is started again may listen elsewhere, so it is looked for each time.
  const connect: Connect<ServerEvent> = (after, opened) =>
    eventsOf(connectApi(context), queryOf(flags), { after, signal, opened });
  for await (const { event, data } of followed({ connect, signal, terminal })) {
    if (event === 'gap') terminal.complain(`the feed left something out: ${escapeControl(data, 300)}`);
    if (event !== 'incident') continue;
    const update = eventSchema.parse(JSON.parse(data)).data;
    terminal.out(flags.json === true ? jsonLine(update) : renderUpdate(update, { colors: terminal.colors, advice }));
  }
}

const queryOf = ({ after, severity }: TailFlags): Readonly<Record<string, string>> => ({
  ...(after === undefined ? {} : { after }),
  ...(severity === undefined ? {} : { minSeverity: severity }),
});

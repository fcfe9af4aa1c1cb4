import type { Command } from 'commander';
import { z } from 'zod';
import { exitCode } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { connectApi } from '../client/api.ts';
import { configOf, type GlobalFlags, type MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { portOption } from '../options.ts';
import { requireSink } from './named.ts';

const retriedSchema = z.object({
  retried: z.number(),
  more: z.number(),
  unreadable: z.number(),
  named: z.array(z.object({ place: z.string(), at: z.number(), reason: z.string() })).default([]),
});

/** `sinks retry NAME`: dead letters are put into the log once more, for this sink alone. */
export function addSinksRetry(sinks: Command, contextOf: MakeContext): void {
  sinks
    .command('retry <name>')
    .description('send this sink once more what it refused and was not sent again yet; correct the cause first')
    .option('--json', 'as one JSON object')
    .addOption(portOption())
    .action(async (name: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly json?: boolean }>();
      const context = contextOf(flags);
      const { terminal } = context;
      // `otel` has no section of its own.
      if (name !== 'otel') requireSink(configOf(context).config, name);
      const path = `/api/v1/sinks/${encodeURIComponent(name)}/retry`;
      const result = retriedSchema.parse(await connectApi(context).post(path, {}));
      if (flags.json === true) terminal.out(jsonLine(result));
      else {
        terminal.say(
          `messages sent again: ${result.retried}; \`moorwatch sinks rejected ${name}\` shows what is refused again`,
        );
        if (result.more > 0) terminal.say(`left: ${result.more}; give the command again`);
      }
      if (result.unreadable === 0) return;
      terminal.complain(
        `${result.unreadable} cannot be sent again: they were too large to be kept whole, or cannot be read`,
      );
      if (flags.json !== true)
        for (const { place, at, reason } of result.named)
          terminal.complain(
            `  ${escapeControl(place, 40)}, ${new Date(at).toISOString()}: ${escapeControl(reason, 160)}`,
          );
      if (result.unreadable > result.named.length)
        terminal.complain(`  and ${result.unreadable - result.named.length} more`);
      context.exitWith(exitCode.failure);
    });
}

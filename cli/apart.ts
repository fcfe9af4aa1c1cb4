import type { Command } from 'commander';
import type { GlobalFlags, MakeContext } from './context.ts';
import { engineOption, portOption } from './options.ts';

/** `collector`, `analyzer`, `alerting`: the parts as processes of their own, over one SQLite file or over Kafka. */
export function addCollector(program: Command, contextOf: MakeContext): void {
  program
    .command('collector')
    .description('only the collector: engine to observations')
    .addOption(engineOption())
    .action(async (_options: object, command: Command) => {
      const { runCollectorApart } = await import('./processes/apart.ts');
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      context.exitWith(await runCollectorApart(context));
    });
}

export function addAnalyzer(program: Command, contextOf: MakeContext): void {
  program
    .command('analyzer')
    .description('only the analyzer: observations to findings')
    .action(async (_options: object, command: Command) => {
      const { runAnalyzerApart } = await import('./processes/apart.ts');
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      context.exitWith(await runAnalyzerApart(context));
    });
}

export function addAlerting(program: Command, contextOf: MakeContext): void {
  program
    .command('alerting')
    .description('only alerting: findings to incidents, feed and sinks')
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const { runAlertingApart } = await import('./processes/apart.ts');
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      context.exitWith(await runAlertingApart(context));
    });
}

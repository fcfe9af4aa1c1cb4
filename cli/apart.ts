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
      const { runApart, startCollectorPart } = await import('./processes/apart.ts');
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      context.exitWith(await runApart(context, 'collector', startCollectorPart));
    });
}

export function addAnalyzer(program: Command, contextOf: MakeContext): void {
  program
    .command('analyzer')
    .description('only the analyzer: observations to findings')
    .action(async (_options: object, command: Command) => {
      const { runApart, startAnalyzerPart } = await import('./processes/apart.ts');
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      context.exitWith(await runApart(context, 'analyzer', startAnalyzerPart));
    });
}

export function addAlerting(program: Command, contextOf: MakeContext): void {
  program
    .command('alerting')
    .description('only alerting: findings to incidents, feed and sinks')
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const { runApart, startAlertingPart } = await import('./processes/apart.ts');
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      context.exitWith(await runApart(context, 'alerting', startAlertingPart));
    });
}

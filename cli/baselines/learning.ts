import { Argument, type Command } from 'commander';
import type { BaselineOrder } from '../../shared/decision.ts';
import { connectApi } from '../client/api.ts';
import type { MakeContext } from '../context.ts';
import { type DecisionFlags, decideAndWait, decides } from './decide.ts';
import { checkFeatures } from './feature-names.ts';
import { findWorkload } from './find.ts';

interface LearningFlags extends DecisionFlags {
  readonly feature?: string;
}

const featureFlags = ['--feature <name>', 'of that feature only (default: of all)'] as const;

/** `baselines reset`: what was learned is forgotten. */
export function addReset(baselines: Command, contextOf: MakeContext): void {
  decides(baselines.command('reset <workload>').description('forgets what was learned; learning begins anew'))
    .option(...featureFlags)
    .action(async (workload: string, _options: object, command: Command) => {
      await decideOn(workload, command, { contextOf, order: (target) => ({ type: 'reset', ...target }) });
    });
}

/** `baselines mode`: whether a baseline goes on learning. */
export function addMode(baselines: Command, contextOf: MakeContext): void {
  const modes = new Argument(
    '<mode>',
    'learn, or enforce: nothing is learned, and what is not known, or exceeds what was learned, is high',
  ).choices(['learn', 'enforce']);
  decides(baselines.command('mode <workload>').addArgument(modes).description('whether a baseline goes on learning'))
    .option(...featureFlags)
    .action(async (workload: string, mode: 'learn' | 'enforce', _options: object, command: Command) => {
      await decideOn(workload, command, { contextOf, order: (target) => ({ type: 'mode', mode, ...target }) });
    });
}

async function decideOn(
  called: string,
  command: Command,
  {
    contextOf,
    order,
  }: { contextOf: MakeContext; order: (target: { workload: string; feature?: string }) => BaselineOrder },
): Promise<void> {
  const flags = command.optsWithGlobals<LearningFlags>();
  if (flags.feature !== undefined) await checkFeatures([flags.feature]);
  const context = contextOf(flags);
  const api = connectApi(context);
  const baselines = await findWorkload(api, called, flags.on);
  const { feature } = flags;
  const [{ host, workload }] = baselines;
  const target = { workload: workload.id, ...(feature === undefined ? {} : { feature }) };
  await decideAndWait(context, { api, flags, host: host.id, order: order(target) });
}

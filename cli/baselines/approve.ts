import type { Command } from 'commander';
import type { Order } from '../../shared/decision.ts';
import { exitCode, UserError } from '../../shared/errors.ts';
import { type Api, connectApi } from '../client/api.ts';
import type { MakeContext } from '../context.ts';
import { type DecisionFlags, decideAndWait, decides } from './decide.ts';
import { findFeature, findItem, findWorkload } from './find.ts';
import { findDeviation, partsCalled } from './finding.ts';

interface ItemFlags extends DecisionFlags {
  readonly finding?: string;
  readonly part?: string;
}

/** `baselines approve`: this is normal. */
export const addApprove = (baselines: Command, contextOf: MakeContext): void =>
  addItemDecision(baselines, contextOf, {
    type: 'approve',
    description: 'this is normal for the workload: it is known from now on and never told again',
  });

/** `baselines forget`: this is not. */
export const addForget = (baselines: Command, contextOf: MakeContext): void =>
  addItemDecision(baselines, contextOf, {
    type: 'forget',
    description: 'this is not normal (any more): the next sighting is new',
  });

function addItemDecision(
  baselines: Command,
  contextOf: MakeContext,
  { type, description }: { readonly type: 'approve' | 'forget'; readonly description: string },
): void {
  decides(baselines.command(`${type} [workload] [feature] [item]`).description(description))
    .option(
      '--finding <id>',
      'what the finding of that id, or that begins so, is about, instead of workload, feature and item',
    )
    .option('--part <feature>', 'of a finding that deviates in several only that one (feature, or feature/key)')
    .action(async (workload, feature, item, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<ItemFlags>();
      const context = contextOf(flags);
      const api = connectApi(context);
      const failures: UserError[] = [];
      for (const { host, ...target } of await targetsOf(api, [workload, feature, item], flags)) {
        const asked = { api, flags, host, order: { type, ...target } };
        await decideAndWait(context, asked).catch((error: unknown) => failures.push(refusalIn(error)));
      }
      if (failures[0] !== undefined) throw failures[0];
    });
}

/** What is refused of one part (there may have been no room to keep it) says nothing of the others. @throws what else went wrong */
function refusalIn(error: unknown): UserError {
  if (error instanceof UserError && error.code === exitCode.failure) return error;
  throw error;
}

type Target = Omit<Extract<Order, { type: 'approve' }>, 'type'> & { readonly host: string };

async function targetsOf(
  api: Api,
  named: readonly (string | undefined)[],
  flags: ItemFlags,
): Promise<readonly Target[]> {
  const [workload, feature, item] = named;
  if (flags.finding !== undefined && workload === undefined) {
    const deviation = await findDeviation(api, flags.finding);
    const place = { host: deviation.finding.host.id, workload: deviation.workload.id };
    return partsCalled(deviation, flags.part).map((part) => ({ ...place, ...part }));
  }
  if (
    flags.finding !== undefined ||
    flags.part !== undefined ||
    workload === undefined ||
    feature === undefined ||
    item === undefined
  ) {
    throw new UserError('what is meant is either WORKLOAD FEATURE ITEM or --finding ID', {
      fix: 'see `moorwatch baselines show WORKLOAD` for features and items, `moorwatch findings` for ids',
      code: exitCode.usage,
    });
  }
  const baseline = findFeature(await findWorkload(api, workload, flags.on), feature);
  const { key } = findItem(baseline, item);
  return [{ host: baseline.host.id, workload: baseline.workload.id, feature, key }];
}

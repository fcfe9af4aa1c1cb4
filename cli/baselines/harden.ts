import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { exitCode, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { usesSchema, type WorkloadUse } from '../../shared/harden/use.ts';
import { isHostWorkload } from '../../shared/workload.ts';
import { type Api, connectApi, NotFoundError } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { composeOverride } from '../harden/compose.ts';
import { dockerUserRules, nftTable } from '../harden/firewall.ts';
import { type LearnedEgress, tooLittle } from '../harden/judging.ts';
import type { Proposal } from '../harden/proposal.ts';
import { propose } from '../harden/propose.ts';
import { report } from '../harden/report.ts';
import { runScript } from '../harden/run-flags.ts';
import { jsonLine } from '../json-line.ts';
import { choice, portOption } from '../options.ts';
import { hostOption } from './host-option.ts';
import { noWorkload } from './workload-names.ts';

const forms = ['report', 'compose', 'run', 'nftables', 'docker-user', 'json'] as const;

interface HardenFlags extends GlobalFlags {
  readonly as: (typeof forms)[number];
  readonly minHours: number;
  readonly anyway?: boolean;
  readonly host?: string;
}

/** `baselines harden`: what a workload could be confined to. It only prints. */
export function addHarden(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('harden <workload>')
    .description('least-privilege settings from what one workload (name or id) really used; only prints')
    .addOption(choice('--as <form>', 'what to print', forms).default('report'))
    .addOption(
      new Option('--min-hours <hours>', 'propose nothing from less record time').argParser(hoursOf).default(24),
    )
    .option('--anyway', 'propose from what there is, however short it was watched')
    .addOption(hostOption())
    .addOption(portOption())
    .action(async (workload: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<HardenFlags>();
      const context = contextOf(flags);
      const api = connectApi(context);
      const use = onlyOne(await usesOf(api, workload), { workload, host: flags.host });
      const proposal = propose({
        use,
        learned: await learnedOf(api, use),
        minHours: flags.minHours,
        anyway: flags.anyway === true,
      });
      for (const line of printed(proposal, flags.as)) context.terminal.out(line);
      if (flags.anyway !== true && tooLittle({ use, minHours: flags.minHours }).length > 0)
        context.terminal.say('--anyway proposes from what there is, --min-hours asks for less of it');
    });
}

/** What a host's own baseline knows is no use of a container. @throws UserError when that is what is meant */
async function usesOf(api: Api, workload: string): Promise<readonly WorkloadUse[]> {
  if (isHostWorkload({ name: workload })) throw ofHost(workload);
  try {
    return usesSchema.parse(await api.get(`/api/v1/use/${encodeURIComponent(workload)}`)).uses;
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const names = await namesOf(api, workload);
    if (names.some((name) => isHostWorkload({ name }))) throw ofHost(workload);
    // What is learned of it is kept for longer than the log.
    throw names.length === 0 ? await noWorkload(api, workload) : error;
  }
}

/** Of the workloads that are called so and have a baseline. */
async function namesOf(api: Api, workload: string): Promise<readonly string[]> {
  const known = await api.get(`/api/v1/baselines/${encodeURIComponent(workload)}`).catch((error: unknown) => {
    if (error instanceof NotFoundError) return { baselines: [] };
    throw error;
  });
  return namesSchema.parse(known).baselines.map((one) => one.workload.name);
}

const namesSchema = z.object({ baselines: z.array(z.looseObject({ workload: z.looseObject({ name: z.string() }) })) });

const ofHost = (called: string): UserError =>
  new UserError(`${escapeControl(called, 200)} is a host itself, not a workload of containers that could be confined`, {
    fix: 'name a workload: see `moorwatch baselines list`; what is weak of a host and its engine is in its posture incident',
    code: exitCode.usage,
  });

function hoursOf(text: string): number {
  const hours = Number(text);
  if (!Number.isFinite(hours) || hours < 0 || text.trim() === '') throw new InvalidArgumentError('hours are a number');
  return hours;
}

/** @throws UserError where none is meant, or several are */
function onlyOne(
  uses: readonly WorkloadUse[],
  { workload, host }: { readonly workload: string; readonly host: string | undefined },
): WorkloadUse {
  const meant = uses.filter((use) => host === undefined || use.host.id === host || use.host.name === host);
  const [use, ...others] = meant;
  if (use !== undefined && others.length === 0) return use;
  const listed = (meant.length === 0 ? uses : meant).map(({ workload: { id }, host: { name }, configuration }) =>
    escapeControl(`${id} (host ${name}, image ${configuration?.image ?? 'not known'})`, 300),
  );
  const shown = escapeControl(workload, 200);
  throw new UserError(
    use === undefined ? `there is no ${shown} on that host` : `${shown} is the name of several workloads`,
    {
      fix: `name one by its id, or its host with --on: ${listed.join('; ')}`,
      code: exitCode.usage,
    },
  );
}

const egressFeature = 'egress-destinations';
const baselineSchema = z.looseObject({
  workload: z.looseObject({ id: z.string() }),
  feature: z.string(),
  state: z.string(),
  phases: z.looseObject({ steady: z.looseObject({ missing: z.array(z.string()) }) }),
  items: z.array(z.looseObject({ text: z.string(), as: z.string(), approved: z.unknown().optional() })),
});
const baselinesSchema = z.object({ baselines: z.array(baselineSchema) });

/** undefined: nothing is learned of it (yet). */
async function learnedOf(api: Api, { workload }: WorkloadUse): Promise<LearnedEgress | undefined> {
  const shown = await api.get(`/api/v1/baselines/${encodeURIComponent(workload.id)}`).catch((error: unknown) => {
    if (error instanceof NotFoundError) return { baselines: [] };
    throw error;
  });
  const found = baselinesSchema
    .parse(shown)
    .baselines.find((one) => one.feature === egressFeature && one.workload.id === workload.id);
  if (found === undefined) return undefined;
  const isTrusted = ({ as, approved }: (typeof found.items)[number]): boolean =>
    as === 'learned' || approved !== undefined;
  const textsOf = (items: typeof found.items): ReadonlySet<string> => new Set(items.map(({ text }) => text));
  return {
    steady: found.state === 'steady' || found.state === 'partial',
    missing: found.phases.steady.missing,
    untrusted: textsOf(found.items.filter((item) => !isTrusted(item))),
    ...(found.state === 'too-large' ? { known: textsOf(found.items.filter(isTrusted)) } : {}),
  };
}

function printed(proposal: Proposal, form: HardenFlags['as']): readonly string[] {
  const { egress } = proposal;
  switch (form) {
    case 'report':
      return report(proposal);
    case 'compose':
      return [composeOverride(proposal).trimEnd()];
    case 'run':
      return [runScript(proposal)];
    case 'json':
      return [jsonLine(proposal)];
    case 'nftables':
    case 'docker-user':
      if (!egress.proposed)
        throw new UserError(`no egress rules are proposed: ${escapeControl(egress.why, 500)}`, {
          fix: 'see `moorwatch baselines harden` without --as for what was seen',
          code: exitCode.failure,
        });
      return [form === 'nftables' ? nftTable(proposal, egress.value) : dockerUserRules(proposal, egress.value)];
  }
}

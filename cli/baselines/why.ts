import type { Command } from 'commander';
import type { BaselineView, ItemView } from '../../shared/baseline-view.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Finding } from '../../shared/finding.ts';
import type { Views } from '../../shared/profile/profile.ts';
import { connectApi } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { portOption } from '../options.ts';
import { findFeature, findWorkload } from './find.ts';
import { type Deviation, findDeviation, type Part } from './finding.ts';

/** `baselines why`: what a deviation is measured by. */
export function addWhy(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('why')
    .argument('<finding>', 'its id, or how that begins')
    .description('why a deviation did not fit: what is known, how it was learned, what approving would do')
    .addOption(portOption())
    .action(async (id: string, _options: object, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      const api = connectApi(context);
      const deviation = await findDeviation(api, id);
      const { workload, finding } = deviation;
      const baselines = await findWorkload(api, workload.id, finding.host.id);
      for (const line of whyLines(deviation, baselines)) context.terminal.out(line);
    });
}

/** Items that are listed; `baselines show` has all. */
const mostListed = 15;

/** All of it for a person, one line each; every string is escaped. @throws UserError when one of its features has no baseline any more */
export function whyLines({ finding, parts }: Deviation, baselines: Views): readonly string[] {
  return [
    `${finding.severity}: ${shown(finding.summary, 400)}`,
    `  ${new Date(finding.at).toISOString()}, seen by the tier ${shown(finding.coverage.tier)}`,
    ...(parts.length > 1 ? [`  deviates in ${parts.length} at once, the rarest first`] : []),
    ...parts.flatMap((part, index) => partLines({ finding, parts, part, index }, findFeature(baselines, part.feature))),
    '',
    'What approving would do',
    ...parts.flatMap((part) => {
      const baseline = findFeature(baselines, part.feature);
      const item = baseline.items.find(({ key }) => key === part.key);
      return approvingLines({ finding, baseline, item, part: parts.length > 1 ? nameIn(parts, part) : undefined });
    }),
    ...(parts.length > 1
      ? ['All of it at once', `  moorwatch baselines approve --finding ${shown(finding.id)} --reason "…"`]
      : []),
  ];
}

/** What `--part` calls one of several: its feature, where no other part is of it. */
const nameIn = (parts: readonly Part[], { feature, key }: Part): string =>
  parts.filter((part) => part.feature === feature).length > 1 ? `${feature}/${key}` : feature;

/** What is known of a feature is said once, however many parts are of it. */
function partLines(
  {
    finding,
    parts,
    part,
    index,
  }: { readonly finding: Finding; readonly parts: readonly Part[]; readonly part: Part; readonly index: number },
  baseline: BaselineView,
): readonly string[] {
  const { workload, host, items, quantity } = baseline;
  const item = items.find(({ key }) => key === part.key);
  const isNumber = quantity !== undefined && quantity.kind !== 'pattern';
  const reasons = reasonLines(finding, { item, isNumber, isFirst: index === 0 });
  if (parts.slice(0, index).some(({ feature }) => feature === part.feature)) return reasons;
  return [
    '',
    `What is known of ${shown(workload.name)} on ${shown(host.name)} in ${shown(part.feature)}`,
    ...knownLines(baseline),
    '',
    'How it was learned',
    ...learnedLines(baseline),
    '',
    'Why it did not fit',
    ...reasons,
  ];
}

function knownLines({ items, quantity }: BaselineView): readonly string[] {
  if (quantity !== undefined && quantity.kind !== 'pattern') return [`  ${shown(quantity.text)}`];
  const known = items.filter((one) => one.known.length > 0);
  const more = known.length - mostListed;
  return [
    `  ${count(known.length, 'item')}`,
    ...known.slice(0, mostListed).map(itemLine),
    ...(more > 0 ? [`  … and ${more} more, see \`moorwatch baselines show\``] : []),
  ];
}

const itemLine = ({ text, count: seen, known, approved }: ItemView): string => {
  const when = known.includes('steady') ? '' : ', only right after a start';
  const by = approved === undefined ? '' : `, approved by ${shown(approved.by)}`;
  return `  ${shown(text)} (seen ${times(seen)}${when}${by})`;
};

function learnedLines({ phases, mode, versions, state }: BaselineView): readonly string[] {
  const images = versions.length === 0 ? [] : [`  image versions that shared in it: ${versions.length}`];
  const enforced = mode === 'enforce' ? ['  enforced: somebody decided that nothing more is learned'] : [];
  return [
    ...enforced,
    ...phaseLines('right after a start', phases.startup),
    ...phaseLines('later', phases.steady),
    ...(state === 'too-large' ? ['  there is no room for more items'] : []),
    ...images,
  ];
}

const learns = { learning: 'learning', unstable: 'unstable, still learning', steady: 'learned' } as const;

function phaseLines(
  when: string,
  { state, since, sightings, newProbability, missing }: BaselineView['phases']['steady'],
) {
  if (state === 'unseen') return [`  ${when}: nothing was seen`];
  const from = since === undefined ? '' : ` since ${new Date(since).toISOString()}`;
  const chance = `${(newProbability * 100).toFixed(1)} %`;
  return [
    `  ${when}: ${learns[state]}${from}, ${count(sightings, 'sighting')}; the next is new with at most ${chance}`,
    ...missing.map((one) => `    missing: ${shown(one)}`),
  ];
}

function reasonLines(
  { observation, severity }: Finding,
  {
    item,
    isNumber,
    isFirst,
  }: { readonly item: ItemView | undefined; readonly isNumber: boolean; readonly isFirst: boolean },
): readonly string[] {
  // What the finding says of itself is of its rarest part.
  const said: Finding['observation'] | undefined = isFirst ? observation : undefined;
  const [text, score, judge, kind] = ['item', 'score', 'judged_by', 'kind'].map((name) => said?.[`deviation.${name}`]);
  const name = shown(typeof text === 'string' ? text : (item?.text ?? ''));
  return [
    isNumber ? `  ${name} is not what it usually is` : `  ${name} was not known when it was seen`,
    ...(item?.known.length === 1 && item.known[0] === 'startup'
      ? ['  it is known right after a start, and was seen later']
      : []),
    ...(typeof judge === 'string'
      ? [
          `  too little is known of its own, so it was judged by ${shown(judge)}: see \`moorwatch baselines show\` of that`,
        ]
      : []),
    ...(typeof kind === 'string'
      ? [`  what is new of other kinds is still learned; of its own (${shown(kind)}) nothing was for long`]
      : []),
    ...(typeof score === 'number' ? [`  score ${score} (0: expected, 1: nothing like it was to be expected)`] : []),
    ...expectedLines(said, severity),
    ...(said !== undefined && !isNumber && severity === 'low' && said['deviation.expected_per_week'] === undefined
      ? [
          '  nothing says yet how often such things come: seen for too short a time, or with the first new image version',
        ]
      : []),
    ...(item === undefined
      ? ['  it is no longer in the baseline: forgotten, reset, or it gave way']
      : [
          `  seen ${times(item.count)} from ${new Date(item.first).toISOString()} to ${new Date(item.last).toISOString()}`,
        ]),
  ];
}

/** How often it is expected: of its feature alone, and, where that decided too, among all that the workload shows. */
function expectedLines(said: Finding['observation'] | undefined, severity: Finding['severity']): readonly string[] {
  const [perWeek, ofWorkload] = ['expected_per_week', 'workload_per_week'].map((name) => said?.[`deviation.${name}`]);
  const isTooOften = severity === 'low' ? ': too often to be more than low' : '';
  return [
    ...(typeof perWeek === 'number' ? [`  novelties like it are expected ${rounded(perWeek)} times a week`] : []),
    ...(typeof ofWorkload === 'number'
      ? [
          `  of all that the workload shows, what is as rare is expected ${rounded(ofWorkload)} times a week${isTooOften}`,
        ]
      : []),
  ];
}

function approvingLines({
  finding,
  baseline: { workload, host, quantity },
  item,
  part,
}: {
  readonly finding: Finding;
  readonly baseline: BaselineView;
  readonly item: ItemView | undefined;
  /** Of several, as `--part` calls it. */
  readonly part: string | undefined;
}): readonly string[] {
  if (item === undefined) return ['  nothing: what is not in the baseline cannot be approved'];
  if (item.approved !== undefined) {
    const { by, at, reason } = item.approved;
    return [`  nothing: ${shown(by)} approved it at ${new Date(at).toISOString()}: ${shown(reason)}`];
  }
  const one = part === undefined ? '' : ` --part ${shown(part)}`;
  const command = `  moorwatch baselines approve --finding ${shown(finding.id)}${one} --reason "…"`;
  if (quantity !== undefined) {
    const judge = part === undefined ? finding.observation['deviation.judged_by'] : undefined;
    const all = typeof judge === 'string' ? `, and no longer unusual for ${shown(judge)}` : '';
    return [
      `  ${shown(item.text)} is learned as normal for ${shown(workload.name)} on ${shown(host.name)}${all}.`,
      command,
    ];
  }
  return [
    `  ${shown(item.text)} is known for ${shown(workload.name)} on ${shown(host.name)} from then on, at its start and later, in every`,
    '  container and image version of it. It is never told again. `moorwatch baselines forget` takes it back.',
    command,
  ];
}

const times = (number: number): string => (number === 1 ? 'once' : `${number} times`);
/** To three digits. */
const rounded = (number: number): string => (number < 100 ? String(Number(number.toPrecision(3))) : number.toFixed(0));
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
const shown = (text: string, max = 200): string => escapeControl(text, max);

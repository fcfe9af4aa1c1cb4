import type { Phase } from '../baseline-state.ts';
import type { BaselineView, ItemView, PhaseView } from '../baseline-view.ts';
import { quoted } from '../quoted.ts';
import { byName, isInProfile, isOfItems, type Mode, ordered, phasesOf, profileVersion, type Views } from './profile.ts';

/**
 * A profile as YAML: same knowledge, same text but for the comments, which say how often and when. What is held or novel stands there in
 * comments too, with the reason, so that a review sees it.
 */
export function profileText(views: Views): string {
  const [{ workload, host }] = views;
  const features = byName(views.filter(isOfItems).map((view) => ({ ...view, name: view.feature })));
  const isPinned = features.length > 0 && features.every((feature) => feature.mode === 'enforce');
  const mode: Mode = isPinned ? 'enforce' : 'learn';
  const lines = [
    `# What ${quoted(workload.name)} on ${quoted(host.name)} may do, as \`moorwatch baselines export\` wrote it. Comments are not read back.`,
    `moorwatch-profile: ${profileVersion}`,
    'workload:',
    ...refLines(workload),
    'host:',
    ...refLines(host),
    `mode: ${mode}`,
    features.length === 0 ? 'features: {}' : 'features:',
    ...features.flatMap((feature) => featureLines(feature, mode)),
  ];
  return `${lines.join('\n')}\n`;
}

const refLines = ({ id, name }: BaselineView['host']): readonly string[] => [
  `  id: ${quoted(id)}`,
  `  name: ${quoted(name)}`,
];

function featureLines(view: BaselineView, mode: Mode): readonly string[] {
  const items = ordered(view.items);
  const known = items.filter(isInProfile);
  return [
    `  ${view.feature}:`,
    `    # ${phaseText(view.phases.steady)}; ${phaseText(view.phases.startup)}`,
    ...(view.mode === mode ? [] : [`    mode: ${view.mode}`]),
    known.length === 0 ? '    items: []' : '    items:',
    ...known.flatMap(itemLines),
    ...items.filter((item) => !isInProfile(item)).map(leftOut),
  ];
}

const phaseNames: Readonly<Record<Phase, string>> = { startup: 'right after a start', steady: 'later' };
const stateNames: Readonly<Record<PhaseView['state'], string>> = {
  unseen: 'not seen yet',
  learning: 'still learning',
  unstable: 'unstable, still learning',
  steady: 'learned',
};

function phaseText({ phase, state, since, sightings }: PhaseView): string {
  const more = since === undefined ? '' : ` since ${timeText(since)}, ${times(sightings)}`;
  return `${phaseNames[phase]}: ${stateNames[state]}${more}`;
}

const itemLines = (item: ItemView): readonly string[] => [
  `      # ${seenText(item)}${foldText(item)}${toReviewText(item)}${approvalText(item)}${remainder(item)}`,
  `      - text: ${quoted(item.text)}`,
  `        key: ${quoted(item.key)}`,
  `        phases: [${phasesOf(item.known).join(', ')}]`,
];

/** What a generalised text stands for. */
function foldText({ example, members }: ItemView): string {
  const many = members === undefined ? '' : `; stands for ${members} that differ in one place`;
  return `${many}${example === undefined ? '' : `; for example ${quoted(example)}`}`;
}

/** It is known, but was learned so that somebody should look at it. */
const toReviewText = ({ review = [] }: ItemView): string =>
  review.length === 0 ? '' : `; please review: ${review.join(', ')}`;

function approvalText({ approved }: ItemView): string {
  if (approved === undefined) return '';
  return `; approved ${timeText(approved.at)} by ${quoted(approved.by)}: ${quoted(approved.reason)}`;
}

/** Known right after a start, but shown later too, where it is not known. */
const remainder = ({ as, known, phases }: ItemView): string =>
  phases.includes('steady') && !known.includes('steady') ? `; later than that it is ${as}` : '';

const reasons: Readonly<Record<ItemView['as'], string>> = {
  held: 'held back, its container was in trouble or the only replica that showed it',
  novel: 'told by a finding, and nobody approved it',
  learned: 'not known in any phase',
};

const leftOut = (item: ItemView): string =>
  `      # left out (${reasons[item.as]}): ${quoted(item.text)}, key ${quoted(item.key)}, ${seenText(item)}`;

function seenText({ count, first, last }: ItemView): string {
  if (count === 0) return 'not seen yet';
  return count === 1 ? `once, ${timeText(last)}` : `${times(count)}, ${timeText(first)} to ${timeText(last)}`;
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

/** ISO 8601 to the second. */
function timeText(at: number): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? 'some time' : `${time.toISOString().slice(0, -5)}Z`;
}

import type { BaselineView, ItemView, PhaseView } from '../baseline-view.ts';
import { quoted } from '../quoted.ts';
import { byName, isInProfile, type Mode, ordered, phasesOf, profileVersion, type Views } from './profile.ts';

/**
 * A profile as YAML: same knowledge, same text but for the comments, which say how often and when. What is held or novel stands there in
 * comments too, with the reason, so that a review sees it.
 */
export function profileText(views: Views): string {
  const [{ workload, host }] = views;
  const features = byName(views.map((view) => ({ ...view, name: view.feature })));
  const mode: Mode = features.every((feature) => feature.mode === 'enforce') ? 'enforce' : 'learn';
  const lines = [
    `# What ${quoted(workload.name)} on ${quoted(host.name)} may do, as \`moorwatch baselines export\` wrote it. Comments are not read back.`,
    `moorwatch-profile: ${profileVersion}`,
    'workload:',
    ...refLines(workload),
    'host:',
    ...refLines(host),
    `mode: ${mode}`,
    'features:',
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

function phaseText({ phase, state, since, sightings }: PhaseView): string {
  const when = since === undefined ? '' : ` since ${timeText(since)}`;
  return `${phase}: ${state}${when}, ${times(sightings)}`;
}

const itemLines = (item: ItemView): readonly string[] => [
  `      # ${seenText(item)}${approvalText(item)}${remainder(item)}`,
  `      - text: ${quoted(item.text)}`,
  `        key: ${quoted(item.key)}`,
  `        phases: [${phasesOf(item.known).join(', ')}]`,
];

function approvalText({ approved }: ItemView): string {
  if (approved === undefined) return '';
  return `; approved ${timeText(approved.at)} by ${quoted(approved.by)}: ${quoted(approved.reason)}`;
}

/** Known right after a start, but shown later too, where it is not known. */
const remainder = ({ as, known, phases }: ItemView): string =>
  phases.includes('steady') && !known.includes('steady') ? `; later than that it is ${as}` : '';

const reasons: Readonly<Record<ItemView['as'], string>> = {
  held: 'held back, its container was in trouble',
  novel: 'told by a finding, and nobody approved it',
  learned: 'not known in any phase',
};

const leftOut = (item: ItemView): string =>
  `      # left out (${reasons[item.as]}): ${quoted(item.text)}, key ${quoted(item.key)}, ${seenText(item)}`;

const seenText = ({ count, first, last }: ItemView): string =>
  count === 0 ? 'not seen yet' : `${times(count)}, ${timeText(first)} to ${timeText(last)}`;

const times = (count: number): string => `${count} ${count === 1 ? 'time' : 'times'}`;

/** ISO 8601 to the second. */
function timeText(at: number): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? 'some time' : `${time.toISOString().slice(0, -5)}Z`;
}

import {
  baselineParts,
  isApproved,
  itemSchema,
  type Memory,
  memorySchema,
  type Phase,
  type Progress,
  phases,
  type Requirement,
  type Sighting,
  type StoredItem,
  type StoredWorkload,
  workloadSchema,
} from './baseline-state.ts';
import { messageOf } from './errors.ts';
import { quantitySchema } from './quantity-state.ts';
import { type QuantityView, quantityView } from './quantity-view.ts';
import { reviewTexts } from './review.ts';
import { sightingsMissing } from './unstable.ts';

/** A baseline as people see it: what one workload was learned to do in one respect, and how sure that is. Times: ms since the epoch. */
export interface BaselineView {
  readonly host: { readonly id: string; readonly name: string };
  readonly workload: { readonly id: string; readonly name: string };
  readonly feature: string;
  /**
   * `unstable`: still learning long after it should have ended, as it keeps being new; `partial`: learned, but no or too few starts were seen;
   * `too-large`: no room for more, new items come as digests only.
   */
  readonly state: 'learning' | 'unstable' | 'partial' | 'steady' | 'too-large';
  /** `enforce`: somebody decided that nothing more is learned and what is not known is high. */
  readonly mode: 'learn' | 'enforce';
  /** What keeps it from being steady, and what would end that, one sentence each; empty where it is. */
  readonly missing: readonly string[];
  readonly phases: { readonly startup: PhaseView; readonly steady: PhaseView };
  /** Last time the workload showed anything of this feature. */
  readonly seen: number;
  /** Image versions that shared in it, oldest first. */
  readonly versions: readonly VersionView[];
  readonly items: readonly ItemView[];
  /** What is learned is a number, not items. */
  readonly quantity?: QuantityView;
}

export interface VersionView {
  readonly image: string;
  readonly name: string;
  readonly first: number;
  /** What items call it by. */
  readonly number: number;
}

export interface PhaseView {
  readonly phase: Phase;
  readonly state: 'unseen' | 'learning' | 'unstable' | 'steady';
  readonly since?: number;
  readonly sightings: number;
  /** Upper bound of the probability that the next sighting is of a new item. */
  readonly newProbability: number;
  /** Why it is still learning and what would end that, one sentence each; empty once it has learned. */
  readonly missing: readonly string[];
}

export interface ItemView {
  /** What it is known by: the hash of its canonical text. */
  readonly key: string;
  /** Where it stands for more than one, placeholders say what varies: a type (`<date>`), or `<*>` for whatever comes there. */
  readonly text: string;
  /** One of those that it stands for, as it was. */
  readonly example?: string;
  /** How many items that differed in one place it was made of. */
  readonly members?: number;
  /** `held`: not learned yet, its container was in trouble or the only replica that showed it; `novel`: told by a finding, not learned. */
  readonly as: Sighting['as'];
  readonly phases: readonly Phase[];
  /** In which of them it is known, so that it fits. */
  readonly known: readonly Phase[];
  /** Numbers of the oldest and the newest image version that showed it; absent: not seen since versions have numbers. */
  readonly versions?: { readonly oldest: number; readonly newest: number };
  readonly count: number;
  /** Zero count: of a profile, not seen yet; then both times are that of the decision. */
  readonly first: number;
  readonly last: number;
  /** It is known, but was learned late or seldom: why somebody should look at it. */
  readonly review?: readonly string[];
  /** Who decided that it is normal, when and why. */
  readonly approved?: { readonly by: string; readonly at: number; readonly reason: string };
}

/**
 * Reads baselines from what the topic `analyzer-state` holds (latest value per key, any number of partitions), ordered by host, workload
 * and feature. Other keys are left out; a value that is none of ours is named through `onMalformed` and left out.
 *
 * @param startsApart whether what comes right after a start is learned apart, so that something is missing where no start was seen
 */
export function describeBaselines(
  state: ReadonlyMap<string, string>,
  onMalformed: (key: string, reason: string) => void = () => undefined,
  startsApart = true,
): readonly BaselineView[] {
  const read = <Value>(part: string, parse: (value: unknown, key: string) => Value): Value[] => {
    const values: Value[] = [];
    for (const [key, text] of state) {
      if (key.split('/', 3)[2] !== part) continue;
      try {
        values.push(parse(JSON.parse(text), lastSegment(key)));
      } catch (error) {
        onMalformed(key, messageOf(error));
      }
    }
    return values;
  };
  const versions = new Map(
    read(baselineParts.workload, (value) => workloadSchema.parse(value)).map((one) => [
      keyOf(one.host.id, one.workload.id),
      one,
    ]),
  );
  const items = new Map<string, KeyedItem[]>();
  for (const item of read(baselineParts.item, (value, key) => ({ ...itemSchema.parse(value), key }))) {
    const key = keyOf(item.host, item.workload, item.feature);
    const found = items.get(key);
    if (found === undefined) items.set(key, [item]);
    else found.push(item);
  }
  const quantities = read(baselineParts.quantity, (value) => quantitySchema.parse(value)).map(
    (memory): BaselineView => ({
      ...quantityView(memory, startsApart),
      versions: versions.get(keyOf(memory.host.id, memory.workload.id))?.versions ?? [],
    }),
  );
  return read(baselineParts.memory, (value) => memorySchema.parse(value))
    .map((memory) => viewOf(startsApart ? memory : { ...memory, onePhase: true }, { versions, items }))
    .concat(quantities)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

type KeyedItem = StoredItem & { readonly key: string };

const lastSegment = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

const order = ({ host, workload, feature }: BaselineView): string =>
  keyOf(host.name, workload.name, workload.id, feature);

function viewOf(
  memory: Memory,
  stored: {
    readonly versions: ReadonlyMap<string, StoredWorkload>;
    readonly items: ReadonlyMap<string, readonly KeyedItem[]>;
  },
): BaselineView {
  const { host, workload, feature, seen, needs } = memory;
  const items = stored.items.get(keyOf(host.id, workload.id, feature)) ?? [];
  const viewed = (phase: Phase): PhaseView =>
    phaseView(phase, memory, {
      needs,
      held: items.filter((item) => item[phase]?.as === 'held').length,
    });
  const startup = viewed('startup');
  const steady = viewed('steady');
  const state = stateOf(memory, { startup, steady });
  return {
    host,
    workload,
    feature,
    state,
    mode: memory.mode ?? 'learn',
    missing: [
      ...steady.missing,
      ...(state === 'partial' ? startup.missing : []),
      ...(memory.fullSince === undefined ? [] : [noRoom(memory.fullSince, items.length)]),
    ],
    phases: { startup, steady },
    seen,
    versions: stored.versions.get(keyOf(host.id, workload.id))?.versions ?? [],
    items: items.map(itemView).sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1)),
  };
}

const noRoom = (since: number, count: number): string =>
  `no room beside ${count} items since ${new Date(since).toISOString()} (2,000 of a feature and a quarter of baselines.kilobytesPerWorkload, which all take together): of what is new one an hour is told, the rest is a digest; ends when items ` +
  'fade after 60 active days without them, or by `baselines forget` or `reset`';

function stateOf(memory: Memory, { startup, steady }: BaselineView['phases']): BaselineView['state'] {
  if (memory.fullSince !== undefined) return 'too-large';
  if (steady.state === 'unstable') return 'unstable';
  if (steady.state !== 'steady') return 'learning';
  return memory.onePhase === true || startup.state === 'steady' ? 'steady' : 'partial';
}

function phaseView(
  phase: Phase,
  { progress: { [phase]: progress }, onePhase }: Memory,
  { needs, held }: { readonly needs: Requirement; readonly held: number },
): PhaseView {
  const holding = held === 0 ? [] : [whyHeld(held)];
  if (progress === undefined) {
    const start = onePhase === true ? 'starts are not told apart' : unseenStart;
    const unseen = phase === 'startup' ? start : 'nothing of it was seen yet outside a start';
    const missing = held === 0 ? [unseen] : holding;
    return { phase, state: 'unseen', sightings: 0, newProbability: 1, missing };
  }
  const { state, since, sightings, newProbability } = progress;
  const missing = missingIn(progress, needs);
  return {
    phase,
    state,
    since,
    sightings,
    newProbability,
    missing: missing.length === 0 ? missing : [...missing, ...holding],
  };
}

const unseenStart =
  'no start of this workload showed any of it: what it does right after a start is learned when it is restarted';

const whyHeld = (held: number): string =>
  `${held} ${held === 1 ? 'item is' : 'items are'} held: of a container that was in trouble or that alone of its replicas showed it; ` +
  'learned when ten minutes passed without trouble, or when another replica shows it';

function missingIn(progress: Progress, needs: Requirement): readonly string[] {
  if (progress.state === 'steady') return [];
  return progress.state === 'unstable' ? whyUnstable(progress, needs) : missingOf(progress, needs);
}

/** What keeps it unstable, for how long already, and what would end that. */
function whyUnstable(progress: Progress, needs: Requirement): readonly string[] {
  const { sightings, newProbability, first, last } = progress;
  const days = ((last - first) / 86_400_000).toFixed(1);
  return [
    `it keeps being new: after ${sightings} sightings in ${days} days the next one is new with up to ${percent(newProbability)} ` +
      `(at most ${percent(needs.newProbability)} wanted)`,
    `ends with ${sightingsMissing(progress, needs)} sightings or more without anything new, or when nothing new comes for long`,
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

function missingOf(progress: Progress, needs: Requirement): readonly string[] {
  const hours = (progress.last - progress.first) / 3_600_000;
  const missing: string[] = [];
  if (progress.sightings < needs.observations) {
    missing.push(`${progress.sightings} of at least ${needs.observations} sightings`);
  }
  if (hours < needs.hours) missing.push(`watched for ${hours.toFixed(1)} of at least ${needs.hours} hours`);
  if (progress.newProbability > needs.newProbability) {
    const { once, sightings, newProbability } = progress;
    missing.push(
      `the next one is new with up to ${percent(newProbability)} (at most ${percent(needs.newProbability)} wanted): ` +
        `${once} of ${sightings} sightings were of something seen only once`,
    );
  }
  // All is there, but learning ends at a sighting.
  return missing.length > 0 ? missing : ['ends with the next sighting'];
}

function itemView(item: KeyedItem): ItemView {
  const decided = item.approved === undefined ? [] : [item.approved.at];
  const seen = phases.flatMap((phase) => {
    const sighting = item[phase];
    return sighting === undefined ? [] : [{ ...sighting, phase }];
  });
  const has = (as: Sighting['as']): boolean => seen.some((sighting) => sighting.as === as);
  return {
    key: item.key,
    text: item.text,
    ...(item.example === undefined ? {} : { example: item.example }),
    ...(item.fold === undefined ? {} : { members: item.fold.members }),
    as: item.told !== undefined || has('novel') ? 'novel' : has('held') ? 'held' : 'learned',
    phases: seen.map(({ phase }) => phase),
    known: phases.filter((phase) => isApproved(item, phase) || item[phase]?.as === 'learned'),
    ...(item.versions === undefined ? {} : { versions: item.versions }),
    count: seen.reduce((sum, { count }) => sum + count, 0),
    first: Math.min(...(seen.length > 0 ? seen.map(({ first }) => first) : decided)),
    last: Math.max(...(seen.length > 0 ? seen.map(({ last }) => last) : decided)),
    ...(item.review === undefined ? {} : { review: reviewTexts(item.review) }),
    ...(item.approved && { approved: { by: item.approved.by, at: item.approved.at, reason: item.approved.reason } }),
  };
}

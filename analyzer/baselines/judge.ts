import {
  isApproved,
  type Memory,
  type Phase,
  phases,
  type Sighting,
  type StoredItem,
  slotsOf,
} from '../../shared/baseline-state.ts';
import { type Finding, type FindingRecord, worstSeverity } from '../../shared/finding.ts';
import { contentHash } from '../../shared/hash.ts';
import type { Observation } from '../../shared/observation.ts';
import { makeFinding } from '../finding.ts';
import { heldWith } from './alone.ts';
import { withinDay } from './daily.ts';
import type { Digests } from './digest.ts';
import { aged } from './fade.ts';
import type { Feature, Item, Known, Verdict } from './feature.ts';
import { ripening, standFor } from './fold.ts';
import { heldBack } from './hold.ts';
import { counted, isLearning, sighted, slotMs } from './learning.ts';
import { isKnown, itemKey, itemText, type Memories, refOf } from './memory.ts';
import { quarantineMs } from './quarantine.ts';
import { aloneUntil } from './replicas/items.ts';
import { expectedPerWeek, severityOf } from './surprise.ts';
import { versionOf } from './versions.ts';

const hourMs = 3_600_000;

/** One sighting of an item by a workload. */
export interface Sight {
  readonly digests: Digests;
  readonly feature: Feature;
  readonly item: Item;
  readonly phase: Phase;
  readonly observation: Observation;
  readonly lineage: string;
  /** Its lineage is in trouble: nothing is learned from it before this time. */
  readonly heldUntil: number | undefined;
  /** It is one of several replicas: what none of the others has shown is not learned before this time. */
  readonly alone?: number;
  /** Whether the siblings of its container, had they any, deny an item that it alone shows. */
  denies(item: StoredItem): boolean;
  readonly now: number;
  readonly ruleSet: string;
  /** A deviation of a kind that is expected at most so often a week is medium. */
  readonly mediumPerWeek: number;
}

/** Learns from a sighting while its phase is learning, judges it afterwards. */
export function see(memories: Memories, memory: Memory, sight: Sight): readonly FindingRecord[] {
  const current = aged(memories, memory, sight);
  const { key, stored } = standFor(memories, refOf(current), sight);
  if (isLearning(current, sight.phase)) {
    memories.setMemory(learn(memories, current, { ...sight, key, stored }));
    return [];
  }
  return judge(memories, current, { ...sight, key, stored });
}

interface StoredSight extends Sight {
  readonly key: string;
  readonly stored: StoredItem | undefined;
}

function learn(memories: Memories, before: Memory, seen: StoredSight): Memory {
  const [memory, known] = denied(before, confirmed(seen), seen);
  const sight = { ...seen, stored: known };
  const { key, stored, phase, now } = sight;
  if (stored === undefined && !memories.hasRoom(refOf(memory))) return overflow(memory, sight);
  const young = ripeningAtFirst(stored ?? { ...newItem(memory, sight), ...heldAlone(sight) }, sight);
  const item = sighted(seenBy(memories, young, sight), phase, {
    as: asWhat(sight),
    now,
    slotMs: slotMs(memory.needs),
  });
  const isHeld = item[phase]?.as === 'held';
  const holdUntil = isHeld ? (item.holdUntil ?? sight.heldUntil) : undefined;
  memories.setItem(key, holdUntil === undefined ? item : { ...item, holdUntil });
  const slots = { before: slotsOf(stored?.[phase]), after: slotsOf(item[phase]) };
  const after = item[phase]?.as === 'learned' ? counted(memory, phase, { ...slots, first: now, now }) : memory;
  if (stored === undefined) note(after, sight, item.text);
  return after;
}

/** What is learned in a phase for the first time, in its own name, may fold with others later; so may what was learned before there were folds. */
function ripeningAtFirst(stored: StoredItem, { item, key, phase, now }: StoredSight): StoredItem {
  const isFirst = stored[phase] === undefined || (stored[phase].as === 'learned' && stored.places === undefined);
  return isFirst && key === itemKey(item.key) ? ripening(stored, { item, now, ripeMs: quarantineMs }) : stored;
}

/** Another replica shows what one alone had: it is learned with the next step, as if its time had come. */
function confirmed({ stored, lineage, heldUntil, now }: StoredSight): StoredItem | undefined {
  if (stored?.alone !== true || stored.lineage === lineage || heldUntil !== undefined) return stored;
  const { alone: _alone, ...rest } = stored;
  return { ...rest, holdUntil: now };
}

/** Siblings deny by now what was learned from one replica alone: it is held, for as long as if it had been held from the beginning. */
function denied(
  memory: Memory,
  stored: StoredItem | undefined,
  { feature, denies, now }: StoredSight,
): readonly [Memory, StoredItem | undefined] {
  // How replicas compare is not compared.
  if (feature.compares === true) return [memory, stored];
  if (stored === undefined || stored.shared === true || stored.alone === true) return [memory, stored];
  const first = Math.min(...phases.flatMap((phase) => stored[phase]?.first ?? []));
  const until = aloneUntil(first, memory.needs);
  if (until === undefined || until <= now || !denies(stored)) return [memory, stored];
  let [after, item] = [memory, stored];
  for (const phase of phases) {
    const held = heldBack(after, item, { phase, until, now });
    if (held !== undefined) [after, item] = [held[0], { ...held[1], alone: true }];
  }
  return [after, item];
}

/** What was told as novel stays so: an approval may change that, time does not. */
function asWhat({ stored, phase, heldUntil, alone }: StoredSight): Sighting['as'] {
  if (isApproved(stored, phase)) return 'learned';
  if (stored?.told !== undefined) return 'novel';
  if (stored?.alone === true || (stored === undefined && alone !== undefined)) return 'held';
  return heldUntil === undefined ? 'learned' : 'held';
}

function judge(memories: Memories, memory: Memory, sight: StoredSight): readonly FindingRecord[] {
  const { key, stored, phase, now } = sight;
  const verdict = sight.feature.judges(sight.item, knownBy(memory, stored, phase));
  const isNovel = verdict !== undefined && !wasTold(memory, stored);
  const within = isNovel ? withinDay(memory, sight.item, now) : memory;
  if (within === undefined) return beyondDay(memories, memory, sight);
  if (isNovel && stored === undefined && !memories.hasRoom(refOf(memory)))
    return withoutRoom(memories, memory, { ...sight, verdict });
  const item = seenBy(memories, stored ?? newItem(memory, sight), sight);
  const activeDay = memory.progress[phase]?.active?.days;
  const seen = sighted(item, phase, {
    as: verdict === undefined ? 'learned' : 'novel',
    now,
    activeDay,
    slotMs: slotMs(memory.needs),
  });
  memories.setItem(key, isNovel ? told(seen, now) : seen);
  // What was held was not counted.
  const before = stored?.[phase]?.as === 'held' ? 0 : slotsOf(stored?.[phase]);
  const slots = slotsOf(seen[phase]);
  // Where somebody ended learning, nothing counts towards it.
  if (memory.progress[phase]?.state === 'steady')
    memories.setMemory(counted(within, phase, { before, after: slots, first: now, now }));
  else if (within !== memory) memories.setMemory(within);
  if (!isNovel) return [];
  const perWeek = perWeekOf(memories, memory, sight);
  const others = heldWith(memories.items(refOf(memory)), sight).flatMap(([other, item]) =>
    toldWith(memories, memory, { sight, perWeek, other, item }),
  );
  return [{ type: 'finding', finding: deviation(memory, { ...sight, verdict }, perWeek) }, ...others];
}

/** Another item of the same replica: it was not seen just now, but is told with the one that was, as surprising as that. */
function toldWith(
  memories: Memories,
  memory: Memory,
  {
    sight,
    perWeek,
    other: key,
    item: stored,
  }: {
    readonly sight: StoredSight;
    readonly perWeek: number;
    readonly other: string;
    readonly item: StoredItem;
  },
): readonly FindingRecord[] {
  const { phase, now } = sight;
  const item: Item = { key, text: stored.text, fields: {} };
  const verdict = sight.feature.judges(item, knownBy(memory, stored, phase));
  if (verdict === undefined) return [];
  memories.setItem(key, told(stored, now));
  const counting = memories.memory(refOf(memory)) ?? memory;
  const sighting = stored[phase];
  if (counting.progress[phase]?.state === 'steady' && sighting !== undefined)
    memories.setMemory(counted(counting, phase, { before: 0, after: slotsOf(sighting), first: sighting.first, now }));
  return [{ type: 'finding', finding: deviation(memory, { ...sight, item, key, stored, verdict }, perWeek) }];
}

const knownBy = (memory: Memory, stored: StoredItem | undefined, phase: Phase): Known => ({
  has: () => isKnown(stored, phase),
  newProbability: memory.progress[phase]?.newProbability ?? 1,
  workload: memory.workload,
});

/** As many of the kind as a day brings were told: it goes into the digest, and the next day it is new again. */
function beyondDay(memories: Memories, memory: Memory, sight: StoredSight): readonly FindingRecord[] {
  memories.setMemory(memory);
  note(memory, sight, shown(sight.item), true);
  return [];
}

/** There is no room to remember it: it is told all the same, but of such only one an hour; the others go into the digest. */
function withoutRoom(
  memories: Memories,
  memory: Memory,
  sight: StoredSight & { readonly verdict: Verdict },
): readonly FindingRecord[] {
  const { now } = sight;
  if (memory.fullToldAt !== undefined && now - memory.fullToldAt < hourMs) {
    memories.setMemory(overflow(memory, sight));
    return [];
  }
  memories.setMemory({ ...memory, fullSince: memory.fullSince ?? now, fullToldAt: now });
  return [{ type: 'finding', finding: deviation(memory, sight, perWeekOf(memories, memory, sight)) }];
}

/** Once for good; what was told before enforcing began, once more. */
const wasTold = ({ enforcedAt }: Memory, stored: StoredItem | undefined): boolean =>
  stored?.told !== undefined && (enforcedAt === undefined || stored.told >= enforcedAt);

/** An item that was held back when learning ended is judged like any other, and from then on it is no longer to be learned. */
function told({ holdUntil: _decided, alone: _alone, ...item }: StoredItem, now: number): StoredItem {
  const novel = (sighting: Sighting): Sighting => (sighting.as === 'held' ? { ...sighting, as: 'novel' } : sighting);
  return {
    ...item,
    ...(item.startup === undefined ? {} : { startup: novel(item.startup) }),
    ...(item.steady === undefined ? {} : { steady: novel(item.steady) }),
    told: now,
  };
}

/** There is no room for the item: it is neither learned nor a finding of its own, but never silent. */
function overflow(memory: Memory, sight: StoredSight): Memory {
  const full = { ...memory, fullSince: memory.fullSince ?? sight.now };
  note(full, sight, shown(sight.item));
  return full;
}

const note = (memory: Memory, sight: StoredSight, text: string, limited = false): void =>
  sight.digests.note(memory, { text, now: sight.now, limited, finding: (rule) => digestFinding(memory, sight, rule) });

const shown = ({ text }: Item): string => itemText(text);

const newItem = (memory: Memory, { item, lineage }: Sight): StoredItem => ({
  host: memory.host.id,
  workload: memory.workload.id,
  feature: memory.feature,
  text: shown(item),
  lineage,
  ...(item.example !== undefined && item.example !== item.text ? { example: itemText(item.example) } : {}),
});

const heldAlone = ({ alone }: Sight): Partial<StoredItem> =>
  alone === undefined ? {} : { alone: true, holdUntil: alone };

/** The item, with what is known of who showed it: whether more than one lineage, and which versions of the image. */
function seenBy(memories: Memories, item: StoredItem, { lineage, observation }: Sight): StoredItem {
  const seen = item.lineage === lineage || item.shared === true ? item : { ...item, shared: true };
  const version = versionOf(memories.workload(item.host, item.workload), observation.container?.image.id);
  if (version === undefined) return seen;
  const { oldest, newest } = item.versions ?? { oldest: version, newest: version };
  if (item.versions !== undefined && oldest <= version && version <= newest) return seen;
  return { ...seen, versions: { oldest: Math.min(oldest, version), newest: Math.max(newest, version) } };
}

/** @param memory as it was before the sighting was counted */
const perWeekOf = (memories: Memories, memory: Memory, { phase, key: own, now }: StoredSight): number =>
  expectedPerWeek({ items: memories.items(refOf(memory)), phase, progress: memory.progress[phase], own, now });

function deviation(memory: Memory, sight: StoredSight & { readonly verdict: Verdict }, perWeek: number): Finding {
  const { verdict, stored } = sight;
  const score = rounded(verdict.score);
  // It did, but nobody learned from that.
  const sentence =
    stored?.alone === true ? `${verdict.sentence} but by one replica alone while learning` : verdict.sentence;
  const severity = severityOf(sight.feature.rule.severity, { perWeek, atMost: sight.mediumPerWeek });
  const isEnforced = memory.mode === 'enforce';
  return featureFinding(sight, {
    about: `${memory.workload.id}/${sight.key}`,
    severity: isEnforced ? worstSeverity(severity, 'high') : severity,
    summary: isEnforced ? `${sentence} (its baseline is enforced)` : sentence,
    fields: {
      ...sight.item.fields,
      'deviation.score': score,
      ...(Number.isFinite(perWeek) ? { 'deviation.expected_per_week': rounded(perWeek) } : {}),
      'deviation.feature': memory.feature,
      'deviation.item': shown(sight.item),
      'deviation.key': sight.key,
    },
  });
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

const digestFinding = (
  memory: Memory,
  { feature, observation, lineage, now, ruleSet }: StoredSight,
  rule: Finding['rule'],
): Finding =>
  makeFinding(
    {
      kind: 'deviation',
      nature: 'event',
      severity: 'informational',
      rule,
      tier: feature.rule.tier,
      about: `${memory.workload.id}/digest`,
      summary: feature.digests(1),
      fields: {},
      digest: true,
    },
    { observation, now, lineage, ruleSet },
  );

function featureFinding(
  { feature, observation, lineage, now, ruleSet }: Sight,
  of: { about: string; severity: Finding['severity']; summary: string; fields: Item['fields'] },
): Finding {
  const { id, title, catalogue, techniques, tactics, tier } = feature.rule;
  const hash = contentHash({ id, title, catalogue, techniques, tactics });
  const rule = { id, title, catalogue: [...catalogue], techniques: [...techniques], tactics: [...tactics], hash };
  return makeFinding({ ...of, kind: 'deviation', nature: 'event', rule, tier }, { observation, now, lineage, ruleSet });
}

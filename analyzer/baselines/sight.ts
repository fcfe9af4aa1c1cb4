import type { Memory, Phase, StoredItem } from '../../shared/baseline-state.ts';
import type { Observation } from '../../shared/observation.ts';
import type { Digests } from './digest.ts';
import type { Feature, Item } from './feature.ts';
import { itemText } from './memory.ts';

/** One sighting of an item by a workload. */
export interface Sight {
  readonly digests: Digests;
  readonly feature: Feature;
  /** All that there are, that one included: what one replica alone showed is told together. */
  readonly features: readonly Feature[];
  readonly item: Item;
  readonly phase: Phase;
  readonly observation: Observation;
  readonly lineage: string;
  /** Of the image that shows it among those of its workload; undefined: none of them. */
  readonly version: number | undefined;
  /** Its lineage is in trouble: nothing is learned from it before this time. */
  readonly heldUntil: number | undefined;
  /** It is one of several replicas: what none of the others has shown is not learned before this time. */
  readonly alone?: number | undefined;
  /** Whether the siblings of its container, had they any, deny an item that it alone shows. */
  denies(item: StoredItem): boolean;
  readonly now: number;
  readonly ruleSet: string;
  /** A deviation of a kind that is expected at most so often a week is medium. */
  readonly mediumPerWeek: number;
  /** Most bytes that the items of the workload may take as they are stored. */
  readonly mostBytes: number;
}

/** A sighting, and what is stored of the item that it is of, under which key. */
export interface StoredSight extends Sight {
  readonly key: string;
  readonly stored: StoredItem | undefined;
}

/** Made with all members at once: to add two to a copy of so many took longer than all that is done with most sightings. */
export const withStored = (sight: Sight, { key, stored }: Pick<StoredSight, 'key' | 'stored'>): StoredSight => ({
  digests: sight.digests,
  features: sight.features,
  feature: sight.feature,
  item: sight.item,
  phase: sight.phase,
  observation: sight.observation,
  lineage: sight.lineage,
  version: sight.version,
  heldUntil: sight.heldUntil,
  alone: sight.alone,
  denies: sight.denies,
  now: sight.now,
  ruleSet: sight.ruleSet,
  mediumPerWeek: sight.mediumPerWeek,
  mostBytes: sight.mostBytes,
  key,
  stored,
});

/** The text of an item as it is kept. */
export const shown = ({ text }: Item): string => itemText(text);

/** An item that was not seen in any phase yet. */
export const newItem = (memory: Memory, { item, lineage }: Sight): StoredItem => ({
  host: memory.host.id,
  workload: memory.workload.id,
  feature: memory.feature,
  text: shown(item),
  lineage,
  ...(item.stratum === undefined ? {} : { stratum: item.stratum }),
  ...(item.example !== undefined && item.example !== item.text ? { example: itemText(item.example) } : {}),
});

/** The item, with what is known of who showed it: whether more than one lineage, and which versions of the image. */
export function seenBy(known: StoredItem, sight: Pick<Sight, 'item' | 'lineage' | 'version'>): StoredItem {
  const { lineage, version } = sight;
  const item = inStratum(known, sight.item.stratum);
  const seen = item.lineage === lineage || item.shared === true ? item : { ...item, shared: true };
  if (version === undefined) return seen;
  const { oldest, newest } = item.versions ?? { oldest: version, newest: version };
  if (item.versions !== undefined && oldest <= version && version <= newest) return seen;
  return { ...seen, versions: { oldest: Math.min(oldest, version), newest: Math.max(newest, version) } };
}

/** One of before there were strata, or that is called by its name by now, is of the stratum in which it was seen last. */
const inStratum = (item: StoredItem, stratum: string | undefined): StoredItem =>
  stratum === undefined || item.stratum === stratum ? item : { ...item, stratum };

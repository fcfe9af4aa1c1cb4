import { type Phase, phases, type StoredItem } from '../../shared/baseline-state.ts';
import { deriveId } from '../../shared/hash.ts';
import { type Piece, shownText } from './fold-shape.ts';

/** Folds that one item may become part of: its last free pieces, because what varies comes late. */
const placesPerItem = 8;
/** What has more pieces or more text than that is taken as it is. */
const most = { pieces: 128, text: 4_096 };

/** A place where an item may vary. */
export interface Place {
  /** Key of the fold of all that are equal but for this place. No item has it: the canonical text of an item is hashed by itself. */
  readonly key: string;
  /** Where the place is in the item's text. */
  readonly from: number;
  readonly to: number;
}

/** The places of what consists of these pieces, last one first. */
export function placesOf(pieces: readonly Piece[] = []): readonly Place[] {
  const free = pieces.flatMap((piece, at) => (piece.free === true ? [at] : [])).slice(-placesPerItem);
  const length = pieces.reduce((sum, { text }) => sum + text.length, 0);
  if (free.length === 0 || pieces.length > most.pieces || length > most.text) return [];
  const quoted = pieces.map(({ text }) => JSON.stringify(text));
  return free.reverse().map((open) => {
    const from = pieces.slice(0, open).reduce((sum, piece) => sum + shownText(piece).length, 0);
    const others = quoted.map((text, at) => (at === open ? 'null' : text)).join(',');
    return { key: deriveId('fold', others), from, to: from + (pieces[open]?.text.length ?? 0) };
  });
}

/**
 * The groups in which a stored item counts, by name: one for each place and phase. What is too young, held back, told, or a person's decision
 * counts nowhere.
 */
export function groupsOf(item: StoredItem): readonly string[] {
  const { places } = item;
  if (places === undefined || isOut(item)) return [];
  const seen = phases.flatMap((phase) => (item[phase] === undefined ? [] : [{ phase, as: item[phase].as }]));
  if (seen.some(({ as }) => as !== 'learned')) return [];
  return places.flatMap(({ key }) => seen.map(({ phase }) => groupName(key, phase)));
}

const isOut = ({ ripeAt, holdUntil, told, approved }: StoredItem): boolean =>
  ripeAt !== undefined || holdUntil !== undefined || told !== undefined || approved !== undefined;

/** Whether an item that changed counts where it did, as far as that can be told at once. */
export const countsAlike = (before: StoredItem, after: StoredItem): boolean =>
  before.places === after.places &&
  (after.places === undefined ||
    (isOut(before) === isOut(after) &&
      before.startup?.as === after.startup?.as &&
      before.steady?.as === after.steady?.as));

export const groupName = (place: string, phase: Phase): string => `${phase}/${place}`;

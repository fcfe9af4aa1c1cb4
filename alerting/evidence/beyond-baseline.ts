import type { BaselineView, ItemView } from '../../shared/baseline-view.ts';
import { clip } from '../../shared/clip.ts';
import type { EvidenceBaseline } from '../../shared/evidence.ts';

/** Items of one baseline that are named; what is more is counted. */
const most = 50;
/** UTF-16 units of an item. */
const longest = 300;

/**
 * What is known of one normal behaviour, and what within the window was beyond it: never seen before, or not learned as it was told or held back. A
 * baseline that is still learning is nothing to differ from.
 */
export function evidenceBaseline(
  { feature, state, mode, items }: BaselineView,
  window: { readonly from: number; readonly to: number },
): EvidenceBaseline {
  const isLearned = state !== 'learning' && state !== 'unstable';
  const beyond = isLearned ? items.filter((item) => isBeyond(item, window)) : [];
  beyond.sort((a, b) => a.first - b.first || (a.text < b.text ? -1 : 1));
  const more = beyond.length - most;
  return {
    feature,
    state,
    mode,
    ...(beyond.length === 0 ? {} : { beyond: beyond.slice(0, most).map(named) }),
    ...(more > 0 ? { more } : {}),
  };
}

const isBeyond = (
  { first, last, count, known, approved }: ItemView,
  { from, to }: { from: number; to: number },
): boolean =>
  count > 0 && approved === undefined && last >= from && first <= to && (first >= from || known.length === 0);

const named = ({ text, example, first, count }: ItemView) => ({
  text: clip(example ?? text, longest),
  first,
  count,
});

import { z } from 'zod';
import type { Finding } from '../../shared/finding.ts';
import { contentHash } from '../../shared/hash.ts';
import { reviewReasons, reviewTexts } from '../../shared/review.ts';
import { cappedText } from '../capped.ts';
import type { ToReview } from './review.ts';

/** What one digest names, and of these those that its sentence shows. */
const itemsKept = 32;
const itemsShown = 4;
const longestShown = 80;

const named = { id: '0f7b8a6d-52c3-4b19-8c0e-f3d1a9b65c27', title: 'Learned late: please review' };
export const reviewRule: Finding['rule'] = {
  ...named,
  catalogue: [],
  techniques: [],
  tactics: [],
  hash: contentHash(named),
};

/** What of a workload should be looked at, as its features end learning. */
export const toReviewSchema = z.object({
  count: z.number().int(),
  items: z.array(
    z.object({ feature: z.string(), key: z.string(), text: z.string(), why: z.array(z.enum(reviewReasons)) }),
  ),
});
type Waiting = z.infer<typeof toReviewSchema>;

/** With what is to be looked at of one feature more. */
export function withReview(before: Waiting | undefined, feature: string, found: readonly ToReview[]): Waiting {
  const { count, items } = before ?? { count: 0, items: [] };
  const more = found.map(({ key, item, why }) => ({
    feature,
    key,
    text: cappedText(item.text, longestShown),
    why: [...why],
  }));
  return { count: count + found.length, items: [...items, ...more].slice(0, itemsKept) };
}

/** One sentence for a person, with what to do about it; and the items as `feature/key`. */
export function reviewText(workload: string, { count, items }: Waiting) {
  const shown = items.slice(0, itemsShown).map(({ feature, text, why }) => {
    return `${text} (${feature}: ${reviewTexts(why).join(', ')})`;
  });
  const more = count - shown.length;
  const list = [...shown, ...(more > 0 ? [`${more} more, see moorwatch baselines show`] : [])].join('; ');
  const summary =
    `${workload} has learned; ${count} ${count === 1 ? 'thing' : 'things'} of it learned late or seldom, please review, and take ` +
    `away (moorwatch baselines forget WORKLOAD FEATURE ITEM) or approve (… approve …): ${list}`;
  return { summary: cappedText(summary), items: items.map(({ feature, key }) => `${feature}/${key}`) };
}

import { clip } from '../../shared/clip.ts';
import type { EvidenceEntry } from '../../shared/evidence.ts';

/** The first and the newest entries are kept; UTF-16 units of a text. */
const most = { first: 300, last: 200, text: 600 };

/** Entries in the order in which they came; bounded: what happened between the first and the last ones is only counted. */
export function createTimeline() {
  const first: EvidenceEntry[] = [];
  let last: EvidenceEntry[] = [];
  let leftOut = 0;
  const push = (entry: EvidenceEntry): void => {
    if (first.length < most.first) first.push(entry);
    else last.push(entry);
    // Cut now and then, not each time.
    if (last.length < most.last * 2) return;
    leftOut += last.length - most.last;
    last = last.slice(-most.last);
  };
  return {
    take(entry: Omit<EvidenceEntry, 'lastAt' | 'count'>): void {
      const text = clip(entry.text, most.text);
      const list = last.length > 0 ? last : first;
      const before = list.at(-1);
      if (before !== undefined && isSame(before, { ...entry, text }))
        list[list.length - 1] = { ...before, lastAt: Math.max(before.lastAt, entry.at), count: before.count + 1 };
      else push({ ...entry, text, lastAt: entry.at, count: 1 });
    },
    list(): { readonly timeline: EvidenceEntry[]; readonly leftOut: number } {
      const kept = last.slice(-most.last);
      const timeline = [...first, ...kept].sort((a, b) => a.at - b.at);
      return { timeline, leftOut: leftOut + last.length - kept.length };
    },
  };
}

const isSame = (a: EvidenceEntry, b: Omit<EvidenceEntry, 'lastAt' | 'count'>): boolean =>
  a.text === b.text && a.kind === b.kind && a.about === b.about && a.container === b.container;

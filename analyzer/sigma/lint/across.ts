import type { LintProblem } from './check.ts';
import type { LintDocument } from './document.ts';

/** Titles that stand in several files, told at each but the first. Documents of one file may share a title: they are one rule in several levels. */
export function duplicateTitles(documents: readonly LintDocument[]): readonly LintProblem[] {
  const first = new Map<string, LintDocument>();
  return documents.flatMap((document) => {
    const { title } = document.attributes;
    if (typeof title !== 'string') return [];
    const before = first.get(title.toLowerCase());
    if (before === undefined) first.set(title.toLowerCase(), document);
    if (before === undefined || before.file === document.file) return [];
    const place = document.valueAt(['title']);
    const message = `title ${title} is that of ${before.file}:${before.valueAt(['title']).line} already`;
    return [{ severity: 'warning', check: 'duplicate-title', file: document.file, ...place, message }];
  });
}

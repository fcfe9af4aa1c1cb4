import type { Severity } from './finding.ts';

/**
 * What nobody can hide (reference catalogue §3), neither by a filter nor by a suppression: escapes that succeeded, and whatever blinds the monitor or
 * lies to it.
 */
export const isNeverHidden = (catalogue: readonly string[], severity: Severity): boolean =>
  catalogue.some((row) => isNeverHiddenRow(row) || (row.startsWith('ESC-') && severity === 'critical'));

/** Whether a row is never hidden, however grave a finding of it is. */
const isNeverHiddenRow = (row: string): boolean => /^(?:NET-01|EXE-01|EVA-\d+|MON-\d+)$/.test(row);

/** For a person who tried. */
export const neverHiddenText = 'NET-01, EXE-01, EVA-…, MON-… and critical findings of ESC-… are never hidden';

/** Rows of which every finding is a critical escape (catalogue §2). */
const criticalEscapes = new Set([1, 3, 4, 9, 10, 11, 14, 15, 16, 18, 20, 25, 30, 32, 36, 43, 44].map(escapeRow));

/** Whether a scope names a row of which nothing can ever be hidden, so that it makes no sense. */
export const isScopeNeverHidden = ({ row }: { readonly row?: string | undefined }): boolean =>
  row !== undefined && (isNeverHiddenRow(row) || criticalEscapes.has(row));

function escapeRow(number: number): string {
  return `ESC-${String(number).padStart(2, '0')}`;
}

import type { Severity } from './finding.ts';

/**
 * What nobody can hide (reference catalogue §3), neither by a filter nor by a suppression: escapes that succeeded, and whatever blinds the monitor or
 * lies to it.
 */
export const isNeverHidden = (catalogue: readonly string[], severity: Severity): boolean =>
  catalogue.some((row) => isNeverHiddenRow(row) || (row.startsWith('ESC-') && severity === 'critical'));

/** Whether a row is never hidden, however grave a finding of it is. */
export const isNeverHiddenRow = (row: string): boolean => /^(?:NET-01|EXE-01|EVA-\d+|MON-\d+)$/.test(row);

/** For a person who tried. */
export const neverHiddenText = 'NET-01, EXE-01, EVA-…, MON-… and critical findings of ESC-… are never hidden';

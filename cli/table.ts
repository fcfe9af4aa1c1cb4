import { escapeControl } from '../shared/escape.ts';

/** Rows as columns of equal width, two spaces apart; the last column is as long as it is. Cells are escaped and capped. */
export function tableLines(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  maxCell = 80,
): readonly string[] {
  const cells = [header, ...rows.map((row) => row.map((cell) => escapeControl(cell, maxCell)))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

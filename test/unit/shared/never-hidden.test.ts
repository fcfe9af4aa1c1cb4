import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { isScopeNeverHidden } from '../../../shared/never-hidden.ts';

const rows = z
  .array(z.looseObject({ id: z.string(), severity: z.array(z.string()) }))
  .parse(parse(readFileSync('analyzer/catalogue/rows.yml', 'utf8')));

test('no scope names a row of the catalogue of which nothing can be hidden', () => {
  const never = rows.filter(({ id: row, severity }) => {
    if (/^(?:NET-01|EXE-01|EVA-|MON-)/.test(row)) return true;
    return row.startsWith('ESC-') && severity.every((level) => level === 'critical');
  });
  expect(never.length).toBeGreaterThan(20);
  expect(rows.filter(({ id: row }) => isScopeNeverHidden({ row })).map(({ id }) => id)).toEqual(
    never.map(({ id }) => id),
  );
});

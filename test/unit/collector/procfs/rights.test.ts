import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mayReadOwners } from '../../../../collector/procfs/rights.ts';

test('what can be listed says yes, what is gone says nothing', () => {
  const procfs = mkdtempSync(join(tmpdir(), 'moorwatch-proc-'));
  mkdirSync(join(procfs, '7/fd'), { recursive: true });
  expect(mayReadOwners(procfs, [])).toBeUndefined();
  expect(mayReadOwners(procfs, [8])).toBeUndefined();
  expect(mayReadOwners(procfs, [8, 7])).toBe(true);
});

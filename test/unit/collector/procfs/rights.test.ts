import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { mayReadOwners } from '../../../../collector/procfs/rights.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

test('what can be listed says yes, what is gone says nothing', () => {
  const procfs = temporaryDirectory('proc', onTestFinished);
  mkdirSync(join(procfs, '7/fd'), { recursive: true });
  expect(mayReadOwners(procfs, [])).toBeUndefined();
  expect(mayReadOwners(procfs, [8])).toBeUndefined();
  expect(mayReadOwners(procfs, [8, 7])).toBe(true);
});

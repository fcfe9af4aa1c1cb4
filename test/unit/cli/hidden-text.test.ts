import { expect, test } from 'vitest';
import { hiddenText } from '../../../cli/running-rules.ts';

test('what filters hid is told by filter; those that the metrics hold together are others', () => {
  const text = (...counts: readonly (readonly [string, number])[]) => hiddenText({ hidden: new Map(counts) });
  expect(text()).toBe(undefined);
  expect(text(['f1', 2], ['other', 3], ['f2', 9])).toBe(
    '14 matches hidden by filters since it started: 9 by f2, 3 by others, 2 by f1',
  );
});

import { expect, test } from 'vitest';
import { withTimes } from '../../../cli/baselines/yaml.ts';

test('times are shown as ISO 8601, counts as they are', () => {
  const at = Date.UTC(2026, 0, 2);
  expect(withTimes({ items: [{ first: at, last: at, count: 3 }], needs: { hours: 24 }, fullSince: at })).toEqual({
    items: [{ first: '2026-01-02T00:00:00.000Z', last: '2026-01-02T00:00:00.000Z', count: 3 }],
    needs: { hours: 24 },
    fullSince: '2026-01-02T00:00:00.000Z',
  });
});

import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { withTimes, yamlText } from '../../../cli/baselines/yaml.ts';

test('times are shown as ISO 8601, counts as they are', () => {
  const at = Date.UTC(2026, 0, 2);
  expect(withTimes({ items: [{ first: at, last: at, count: 3 }], needs: { hours: 24 }, fullSince: at })).toEqual({
    items: [{ first: '2026-01-02T00:00:00.000Z', last: '2026-01-02T00:00:00.000Z', count: 3 }],
    needs: { hours: 24 },
    fullSince: '2026-01-02T00:00:00.000Z',
  });
});

test('what cannot be seen is escaped in YAML, and reads back as it was', () => {
  const texts = ['a\u202eb', 'tag \u{e0041}!', '\u0085', '\u2028'];
  const yaml = yamlText({ texts });
  expect(yaml).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/u);
  expect(parse(yaml)).toEqual({ texts });
});

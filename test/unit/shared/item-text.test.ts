import fc from 'fast-check';
import { expect, test } from 'vitest';
import { profileItemSchema } from '../../../shared/decision.ts';
import { keptText, storedBytes } from '../../../shared/item-text.ts';
import { hostileText } from '../../support/hostile.ts';

test('an item keeps its text, or how it begins', () => {
  expect(keptText('/usr/bin/psql -U app')).toBe('/usr/bin/psql -U app');
  expect(keptText('x'.repeat(200))).toBe('x'.repeat(200));
  expect(keptText('x'.repeat(201))).toBe(`${'x'.repeat(199)}…`);
  expect(keptText('漢'.repeat(100))).toBe('漢'.repeat(100));
  expect(keptText('漢'.repeat(101))).toBe(`${'漢'.repeat(99)}…`);
  expect(keptText('\u0001'.repeat(51))).toBe(`${'\u0001'.repeat(49)}…`);
  expect(keptText(`${'漢'.repeat(98)}🐳漢`)).toBe(`${'漢'.repeat(98)}…`);
});

test('whatever it is made of, it is short, well cut, and stays as it is when it is kept again', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const kept = keptText(text);
      expect(kept.length).toBeLessThanOrEqual(200);
      expect(storedBytes(kept)).toBeLessThanOrEqual(300);
      expect(keptText(kept)).toBe(kept);
      if (kept !== text) expect(text.startsWith(kept.slice(0, -1))).toBe(true);
      if (!/\p{Surrogate}/u.test(text)) expect(kept).not.toMatch(/\p{Surrogate}/u);
    }),
  );
});

test('as many items as a feature may have are one decision, whatever they are called', () => {
  for (const letter of ['x', '"', '漢', '🐳', '\u0001', '\ud800']) {
    const text = keptText(letter.repeat(1_000));
    const item = profileItemSchema.parse({ key: 'f'.repeat(32), text, phases: ['startup', 'steady'] });
    const bytes = Buffer.byteLength(JSON.stringify(Array.from({ length: 2_000 }, () => item)));
    expect(bytes).toBeLessThan(780_000);
  }
});

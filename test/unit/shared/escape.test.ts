import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeControl } from '../../../shared/escape.ts';

test('leaves ordinary text of any language alone', () => {
  expect(escapeControl('docker run -v /:/host “ünïcode” 日本 🐳')).toBe('docker run -v /:/host “ünïcode” 日本 🐳');
});

test.each([
  ['terminal title and colour', '\u001b]0;pwned\u0007\u001b[2J', '\\u{1b}]0;pwned\\u{7}\\u{1b}[2J'],
  ['forged log line', 'web\r\nERROR all is well', 'web\\u{d}\\u{a}ERROR all is well'],
  ['C1 control sequence introducer', 'a\u009b31m', 'a\\u{9b}31m'],
  ['right-to-left override', 'evil\u202egnp.exe', 'evil\\u{202e}gnp.exe'],
  ['isolates', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
  ['zero width', 'ro\u200bot', 'ro\\u{200b}ot'],
  ['separators and mark', '\u2028\u2029\ufeff', '\\u{2028}\\u{2029}\\u{feff}'],
  ['invisible tag characters', '\u{e0041}', '\\u{e0041}'],
  ['DEL', '\u007f', '\\u{7f}'],
  ['lone surrogate', '\ud800', '\\u{d800}'],
])('%s becomes visible', (_name, text, shown) => {
  expect(escapeControl(text)).toBe(shown);
});

test('a cap is marked by an ellipsis and never splits an escape or a character', () => {
  expect(escapeControl('abcdef', 6)).toBe('abcdef');
  expect(escapeControl('abcdefg', 6)).toBe('abcde…');
  expect(escapeControl('abc\u001bdef', 8)).toBe('abc…');
  expect(escapeControl('🐳🐳🐳🐳', 4)).toBe('🐳🐳🐳🐳');
  expect(escapeControl('🐳🐳🐳🐳🐳', 4)).toBe('🐳🐳🐳…');
  expect(escapeControl('x'.repeat(5_000_000), 10)).toBe(`${'x'.repeat(9)}…`);
});

test('whatever goes in, nothing controlling comes out and the cap holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (text, max) => {
      const shown = escapeControl(text, max);
      expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u);
      expect(Array.from(shown).length).toBeLessThanOrEqual(max);
    }),
  );
});

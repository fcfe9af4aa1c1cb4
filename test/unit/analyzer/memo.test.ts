import { expect, it } from 'vitest';
import { remembering, rememberingBy } from '../../../analyzer/memo.ts';

it('a function that remembers answers as without, is asked once for what comes again, and forgets what is old', () => {
  const asked: string[] = [];
  const length = remembering((text) => {
    asked.push(text);
    return text.length;
  }, 2);
  expect(['a', 'bb', 'a', 'bb'].map(length)).toEqual([1, 2, 1, 2]);
  expect(asked).toEqual(['a', 'bb']);
  // Of the older half what is asked for again is kept, the rest goes with the next one.
  expect(['ccc', 'a', 'dddd', 'bb'].map(length)).toEqual([3, 1, 4, 2]);
  expect(asked).toEqual(['a', 'bb', 'ccc', 'dddd', 'bb']);
  const long = 'x'.repeat(2_000);
  expect([length(long), length(long)]).toEqual([2_000, 2_000]);
  expect(asked.filter((text) => text === long)).toHaveLength(2);
});

it('what is remembered of more than a text is told apart by the text that is made of it', () => {
  const asked: number[] = [];
  const half = rememberingBy(
    (of: { readonly number: number; readonly note: string }) => String(of.number),
    ({ number }) => {
      asked.push(number);
      return number / 2;
    },
    2,
  );
  expect([half({ number: 4, note: 'a' }), half({ number: 4, note: 'b' }), half({ number: 6, note: 'a' })]).toEqual([
    2, 2, 3,
  ]);
  expect(asked).toEqual([4, 6]);
});

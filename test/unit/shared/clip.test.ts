import { describe, expect, it } from 'vitest';
import { clip } from '../../../shared/clip.ts';

describe('clipping a text', () => {
  it.each([
    ['', 3, ''],
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a😀cd', 4, 'a😀…'],
    ['ab😀d', 4, 'ab…'],
    ['😀😀', 1, '…'],
  ])('%j to %i is %j', (text, max, clipped) => {
    expect(clip(text, max)).toBe(clipped);
  });
});

import { describe, expect, it } from 'vitest';
import { clip, clipBytes } from '../../../shared/clip.ts';

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

describe('clipping to bytes', () => {
  it.each([
    ['', 3, ''],
    ['abc', 3, 'abc'],
    ['abcd', 3, '…'],
    ['abcdef', 5, 'ab…'],
    ['ééé', 6, 'ééé'],
    ['ééé', 5, 'é…'],
    ['😀😀', 8, '😀😀'],
    ['😀😀', 7, '😀…'],
    ['😀😀', 2, ''],
    ['a', -1, ''],
  ])('%j to %i is %j', (text, max, clipped) => {
    expect(clipBytes(text, max)).toBe(clipped);
  });

  it('never splits what a character is written as', () => {
    const written = (character: string) => (character === '=' ? '\\=' : character);
    expect(clipBytes('a==', 5, written)).toBe('a\\=\\=');
    expect(clipBytes('a===', 6, written)).toBe('a\\=…');
  });
});

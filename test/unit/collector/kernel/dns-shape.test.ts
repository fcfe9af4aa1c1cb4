import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../../../collector/kernel/dns-shape.ts';

describe('the shape of a name', () => {
  it.each([
    ['api.example.com', { domain: 'example.com', length: 15, entropy: 1.58 }],
    ['a.b.example.co.uk', { domain: 'example.co.uk', length: 17, entropy: 1 }],
    ['example.com', { domain: 'example.com', length: 11, entropy: 0 }],
    ['db', { domain: 'db', length: 2, entropy: 0 }],
    ['.', { domain: '.', length: 1, entropy: 0 }],
    ['aaaa.example.com', { domain: 'example.com', length: 16, entropy: 0 }],
    ['a\\.b.example.com', { domain: 'example.com', length: 16, entropy: 2 }],
    ['0123456789abcdef.0123456789abcdef.t.evil.example', { domain: 'evil.example', length: 48, entropy: 4.07 }],
  ])('of %s', (name, shape) => {
    expect(shapeOf(name)).toEqual(shape);
  });

  it('of sixteen characters that are equally frequent is four bits', () => {
    expect(shapeOf('0123456789abcdef.evil.example').entropy).toBe(4);
  });
});

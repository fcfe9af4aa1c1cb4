import { describe, expect, it } from 'vitest';
import { parseLoginUid } from '../../../../collector/procfs/login.ts';

describe('a login of the kernel’s', () => {
  it.each([
    ['0', 0],
    ['1000\n', 1000],
    ['4294967295', undefined],
    ['', undefined],
    ['alice', undefined],
    [undefined, undefined],
  ])('%j is %j', (text, uid) => expect(parseLoginUid(text)).toBe(uid));
});

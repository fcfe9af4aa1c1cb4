import { describe, expect, test } from 'vitest';
import { createKeyReader, createKeyTable } from '../../../../../analyzer/sigma/engine/json-keys.ts';

/** Reads the keys of objects; gives for each what `of` says of it: `field` or `field+`, where others are below; `?` unknown, `!` refused. */
function readerOf(names: readonly string[], unique = false) {
  const reader = createKeyReader(createKeyTable(names), { unique });
  return (keys: readonly string[]): string => {
    reader.begin();
    return keys
      .map((key) => {
        const place = reader.read(Buffer.from(`"${key}":`), 1);
        if (place < 0) return '!';
        expect(place).toBe(Buffer.byteLength(key) + 2);
        const { current } = reader;
        return current === undefined ? '?' : `${current.field}${current.leads ? '+' : ''}`;
      })
      .join(' ');
  };
}

describe('keys', () => {
  test.each<readonly [names: string, keys: string, found: string]>([
    ['a b', 'a b', '0 1'],
    ['a b', 'b a', '1 0'],
    ['a b', 'c', '?'],
    ['ab', 'a abc AB', '? ? ?'],
    // What stands before a dot may hold the rest.
    ['a.b', 'a a.b b', '-1+ 0 ?'],
    ['a.b.c', 'a a.b a.b.c b.c', '-1+ -1+ 0 ?'],
    ['a a.b', 'a a.b', '0+ 1'],
    ['a.b a', 'a a.b', '1+ 0'],
    ['a.b.c a.b', 'a a.b', '-1+ 1+'],
    ['a.b a.c', 'a a.b a.c', '-1+ 0 1'],
    ['.a a.', '.a a. a', '0 1 -1+'],
    // Of one hash.
    ['Aa', 'BB Aa', '? 0'],
    ['Aa BB', 'BB Aa AaAa', '1 0 ?'],
    ['AaAa BBBB AaBB', 'BBBB AaBB AaAa BBAa', '1 2 0 ?'],
    // What a look is not enough for.
    ['a', 'a\\u0061 \\u0061 a', '! ! 0'],
    ['é', 'é', '!'],
    ['a', 'a\u007f', '?'],
    ['a', 'a\u001f a\u0001', '! !'],
  ])('of "%s": %j are %s', (names, keys, found) => {
    expect(readerOf(names.split(' '))(keys.split(' '))).toBe(found);
  });

  test('values of the event as a whole are no key', () => {
    expect(readerOf(['', 'a'])(['', 'a'])).toBe('? 1');
  });

  test('may be empty before a dot, and have spaces', () => {
    expect(readerOf(['.a', 'b c'])(['', '.a', 'b c'])).toBe('-1+ 0 1');
  });

  test('are found among many', () => {
    const names = Array.from({ length: 300 }, (_, index) => `k${index}`);
    expect(readerOf(names)([...names, 'k300'])).toBe([...names.keys(), '?'].join(' '));
  });

  test('that do not end are refused', () => {
    const { read } = createKeyReader(createKeyTable(['a']), { unique: false });
    expect(read(Buffer.from('"a'), 1)).toBe(-1);
  });
});

describe('keys of one object after the other', () => {
  const names = ['a', 'b', 'c'];

  test('whatever stood at a place before', () => {
    const read = readerOf(names);
    const orders = [
      'a b c',
      'a b c',
      'c b a',
      'c b a',
      'c b a',
      'c b a',
      'c b a',
      'b',
      'x b',
      'xx b',
      'a',
      'ab b',
      '',
      'a b c d',
    ];
    const numbers = new Map(names.map((name, number) => [name, String(number)]));
    for (const order of orders) {
      const keys = order.split(' ').filter((key) => key !== '');
      expect(read(keys)).toBe(keys.map((key) => numbers.get(key) ?? '?').join(' '));
    }
  });

  test('more than a guess is made for', () => {
    const read = readerOf(names);
    const keys = Array.from({ length: 100 }, (_, index) => ['a', 'b', 'c', 'x'][index % 4] ?? '');
    const found = keys.map((key) => ({ a: '0', b: '1', c: '2' })[key] ?? '?').join(' ');
    expect([read(keys), read(keys), read(['b', ...keys])]).toEqual([found, found, `1 ${found}`]);
  });
});

describe('a key that stood at its place before is not looked up', () => {
  /** Look-ups of each object, whose keys are letters. */
  function lookUps(objects: readonly string[]): readonly number[] {
    const table = createKeyTable(['a', 'b']);
    let count = 0;
    const find: typeof table.find = (...key) => {
      count += 1;
      return table.find(...key);
    };
    const reader = createKeyReader({ find }, { unique: false });
    return objects.map((keys) => {
      count = 0;
      reader.begin();
      for (const key of keys) expect(reader.read(Buffer.from(`"${key}"`), 1)).toBe(3);
      return count;
    });
  }

  test.each<readonly [name: string, objects: readonly string[], counts: readonly number[]]>([
    ['the same order', ['abx', 'abx', 'abx'], [3, 0, 0]],
    ['fewer and more', ['ab', 'a', 'abx', 'abx'], [2, 0, 1, 0]],
    ['another at one place', ['abx', 'ayx', 'abx'], [3, 1, 0]],
    ['another three times: the fourth is remembered', ['a', 'b', 'b', 'b', 'b', 'b', 'a'], [1, 1, 1, 1, 1, 0, 1]],
    ['another now and then', ['a', 'b', 'b', 'a', 'b', 'b', 'a', 'b', 'a'], [1, 1, 1, 0, 1, 1, 0, 1, 0]],
    ['no more than 64 places', ['a'.repeat(70), 'a'.repeat(70)], [70, 6]],
  ])('%s', (_, objects, counts) => {
    expect(lookUps(objects)).toEqual(counts);
  });
});

describe('keys that may stand once', () => {
  test.each([
    ['a b a', '0 1 !'],
    ['x y x', '? ? !'],
    ['a a', '0 !'],
    ['Aa BB', '? !'],
  ])('%s: %s', (keys, found) => {
    const read = readerOf(['a', 'b'], true);
    // The second time they are as expected.
    expect([read(keys.split(' ')), read(keys.split(' '))]).toEqual([found, found]);
  });

  test('the next object has its own', () => {
    const read = readerOf(['a', 'b'], true);
    expect([read(['a', 'b']), read(['b', 'a']), read(['a', 'b'])]).toEqual(['0 1', '1 0', '0 1']);
  });

  test('up to 64 of them', () => {
    const keys = Array.from({ length: 65 }, (_, index) => `k${index}`);
    expect(readerOf([], true)(keys)).toBe([...Array.from({ length: 64 }, () => '?'), '!'].join(' '));
    expect(readerOf([])(keys)).not.toContain('!');
  });
});

import { expect, it } from 'vitest';
import { type ApiVersions, missingApis, releaseOf } from '../../../../../shared/bus/kafka/api-versions.ts';

/** As a broker answers that takes versions `min` to `max` of everything. */
const everything = (min: number, max: number): ApiVersions =>
  new Map(Array.from({ length: 40 }, (_, key) => [key, { min, max }]));
const fetches = (min: number, max: number): ApiVersions => new Map([...everything(0, 20), [1, { min, max }]]);

it('a broker that speaks all versions lacks nothing', () => expect(missingApis(everything(0, 20))).toEqual([]));

it('what a broker does not know, or gave up, is named', () => {
  const old = new Map(everything(0, 20));
  old.delete(26);
  expect(missingApis(old)).toEqual(['EndTxn']);
  // A future one that takes only versions which kafkajs does not speak.
  expect(missingApis(new Map([...everything(0, 20), [3, { min: 7, max: 13 }]]))).toEqual(['Metadata']);
  expect(missingApis(new Map([...everything(0, 20), [0, { min: 0, max: 2 }]]))).toEqual(['Produce']);
});

it('the release is told as far as it shows', () => {
  expect(releaseOf(fetches(4, 18))).toBe('4.0 or newer');
  expect(releaseOf(fetches(0, 17))).toBe('2.7 or newer');
  expect(releaseOf(fetches(0, 11))).toBe('2.3 or newer');
  expect(releaseOf(fetches(0, 7))).toBeUndefined();
  expect(releaseOf(new Map())).toBeUndefined();
});

import { expect, test } from 'vitest';
import { lineOf } from '../../../../cli/demo/learned.ts';

const list = `HOST       WORKLOAD      FEATURE        STATE     SINCE              LEARNED   MISSING
harbour-1  shop/web-old  configuration  learning                     3 items   7 more sightings
harbour-1  shop/web      exec-commands  partial   2026-11-30T22:25Z  1 item    no start of this workload
harbour-1  shop/web      configuration  steady    2026-11-30T22:25Z  14 items
`;

test('of a list of baselines the line of one workload and feature is taken, without what aligns it', () => {
  expect(lineOf(list, 'shop/web', 'configuration')).toBe(
    'harbour-1  shop/web  configuration  steady  2026-11-30T22:25Z  14 items',
  );
});

test('where it was never seen there is none', () => {
  expect(lineOf(list, 'shop/web', 'rhythms')).toBeUndefined();
  expect(lineOf('nothing was learned yet\n', 'shop/web', 'configuration')).toBeUndefined();
});

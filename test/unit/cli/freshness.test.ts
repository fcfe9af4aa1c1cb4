import { expect, test } from 'vitest';
import { staleness } from '../../../cli/client/freshness.ts';

test.each([
  ['of now', { asOf: 1_000, current: true }, 2_000, undefined],
  ['of a feed of an earlier version', {}, 2_000, undefined],
  ['of a log that is being read', { asOf: 1_000, current: false }, 2_000, 'the log is still being read'],
  [
    'of before an outage',
    { asOf: 1_000, current: false },
    96_000,
    'not answered for 95 s: this is as of 1970-01-01T00:00:01Z',
  ],
])('an answer %s', (_, answer, now, told) => {
  if (told === undefined) expect(staleness(answer, now)).toBeUndefined();
  else expect(staleness(answer, now)).toContain(told);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultBackoff, waitAfter } from '../../../../alerting/sinks/backoff.ts';

test('waiting is between half of the step and all of it, and the same for the same message', () => {
  fc.assert(
    fc.property(fc.nat(30), fc.string(), (failures, id) => {
      const step = Math.min(60_000, 1_000 * 2 ** failures);
      const ms = waitAfter(failures, defaultBackoff, 'siem', id);
      expect(ms).toBeGreaterThanOrEqual(step / 2);
      expect(ms).toBeLessThanOrEqual(step);
      expect(waitAfter(failures, defaultBackoff, 'siem', id)).toBe(ms);
    }),
  );
});

test('what failed together comes back spread over the half step, whoever it is for', () => {
  const waits = Array.from({ length: 1_000 }, (_, n) => waitAfter(6, defaultBackoff, `sink-${n % 7}`, `update-${n}`));
  for (const from of [30_000, 37_500, 45_000, 52_500])
    expect(waits.filter((ms) => ms >= from && ms < from + 7_500).length).toBeGreaterThan(180);
  expect(waitAfter(6, defaultBackoff, 'a', 'm')).not.toBe(waitAfter(6, defaultBackoff, 'b', 'm'));
});

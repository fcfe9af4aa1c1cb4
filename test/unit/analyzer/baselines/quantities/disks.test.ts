import { expect, it } from 'vitest';
import { findings } from '../../../../support/analyzer/play.ts';
import { createQuantityPlay } from '../../../../support/analyzer/quantities.ts';
import { createContainer } from '../../../../support/analyzer/readings.ts';

const mebibyte = 2 ** 20;

it('writing far more to disks than in two days is told once; what the days wrote is not', () => {
  const play = createQuantityPlay();
  const database = createContainer('c1', { from: Date.UTC(2026, 5, 1) });
  const tell = (minutes: number, written: number) =>
    findings(play.batch(database.run(minutes, () => ({ written: written * database.noise(0.2) }))));
  expect(tell(2 * 24 * 60, mebibyte)).toEqual([]);
  const [finding, ...more] = tell(60, 60 * mebibyte);
  expect(more).toEqual([]);
  expect(finding).toMatchObject({
    severity: 'low',
    rule: { catalogue: ['IMP-07'] },
    observation: { 'deviation.feature': 'block-io', 'deviation.key': 'level', 'deviation.unit': 'B/s' },
  });
  expect(finding?.summary).toMatch(
    / read and wrote [56]\d MiB\/s of its disks for [5-7] min; at this time of day it was at most /,
  );
});

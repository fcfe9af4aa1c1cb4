import { expect, it } from 'vitest';
import type { Finding } from '../../../../shared/finding.ts';
import { driveStage } from '../../../support/simulator/drive.ts';
import { replicas } from '../../../support/simulator/families/replicas.ts';
import { badReplica } from '../../../support/simulator/intrusions/bad-replica.ts';
import { simulate } from '../../../support/simulator/simulate.ts';
import { hourMs, minuteMs } from '../../../support/simulator/times.ts';

/** Three working days of autoscaled replicas, read every three minutes. */
const options = { seed: 11, days: 3, families: [replicas], sampleMs: 3 * minuteMs, healthcheckMs: 24 * hourMs };

it('replicas that come and go say nothing of each other; a bad one among them is found within the hour', {
  timeout: 180_000,
}, () => {
  const simulation = simulate({ ...options, intrusions: [badReplica] });
  const stage = driveStage();
  const told: Finding[] = [];
  for (const { observation } of simulation.observations()) told.push(...stage.take(observation));
  told.push(...stage.end());
  const unlike = told.filter(({ observation }) => observation['deviation.feature'] === 'replicas');
  const [first] = unlike;
  const [truth] = simulation.truths;
  expect(first?.summary).toMatch(/^one replica of shop\/api is unlike its siblings: network-out was /);
  expect(first?.container?.name).toBe('shop-api-2');
  for (const { at } of unlike) expect(at).toBeGreaterThan(truth?.from ?? 0);
  expect(first?.at).toBeLessThan((truth?.from ?? 0) + hourMs);
  for (const { at } of unlike) expect(at).toBeLessThanOrEqual(truth?.to ?? 0);
});

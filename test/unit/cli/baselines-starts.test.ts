import { expect, it } from 'vitest';
import { egress } from '../../support/analyzer/observations.ts';
import { quickBaselines } from '../../support/analyzer/play.ts';
import { startBaselinesLab } from '../../support/cli/baselines-lab.ts';

it.each([
  [60, /egress-destinations +partial/],
  [0, /egress-destinations +steady/],
])('a workload that never was seen starting, with %d s of a start learned apart', async (startupSeconds, listed) => {
  const lab = await startBaselinesLab({ baselines: { ...quickBaselines, startupSeconds } });
  for (let at = 1; at <= 6; at += 1)
    await lab.see([egress('c1', at * 1_000, { ip: '192.0.2.1', port: 443 }, { age: 100 })]);
  expect((await lab.baselines('list')).out).toMatch(listed);
  const { out } = await lab.baselines('show', 'docker.io/library/nginx');
  expect(out.includes('when it is restarted')).toBe(startupSeconds > 0);
  await lab.stop();
});

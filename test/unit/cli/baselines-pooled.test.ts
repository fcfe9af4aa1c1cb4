import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../../shared/observation.ts';
import { exec } from '../../support/analyzer/observations.ts';
import { findings } from '../../support/analyzer/play.ts';
import { type BaselinesLab, startBaselinesLab } from '../../support/cli/baselines-lab.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let lab: BaselinesLab;
beforeEach(async () => {
  lab = await startBaselinesLab();
});
afterEach(async () => await lab.stop());

/** Somebody at a terminal in a container of the workload. */
function visit(name: string, at: number): Observation {
  const { exec: facts, ...rest } = exec(`c-${name}`, at, ['psql']);
  return { ...rest, workload: { id: name, name }, ...(facts && { exec: { ...facts, tty: true } }) };
}

describe('a visit that is judged by those of all workloads of its host', () => {
  it('is explained, shown with them, and approved', async () => {
    for (let day = 0; day < 10; day += 1)
      await lab.see([visit(`w${day % 4}`, day * dayMs + (9 + ((day * 3) % 8)) * hourMs)]);
    const night = visit('w1', 10 * dayMs + 3 * hourMs);
    const [finding] = findings(await lab.see([night])).filter(({ digest }) => digest !== true);
    const { code, out } = await lab.baselines('why', finding?.id ?? '');
    expect(code).toBe(0);
    expect(out).toContain('an hour in which no workload of its host had one');
    expect(out).toContain('too little is known of its own, so it was judged by every workload of anchor');
    expect(out).toContain('is learned as normal for w1 on anchor, and no longer unusual for every workload of anchor.');
    expect((await lab.baselines('show', 'every workload of anchor')).out).toContain('interactive-exec-hours');
    const approved = await lab.baselines('approve', '--finding', finding?.id ?? '', '--reason', 'on call');
    expect(approved.out).toContain('normal for w1 from now on, and no longer unusual for every workload of anchor');
  });
});

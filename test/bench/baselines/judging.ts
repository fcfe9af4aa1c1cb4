import { judgeSteps } from '../../../analyzer/baselines/baselines.ts';
import { features } from '../../../analyzer/baselines/features/index.ts';
import { restoreBaselines } from '../../../analyzer/baselines/parts.ts';
import type { Concluded } from '../../../analyzer/step.ts';
import { shippedOptions } from '../../support/simulator/drive.ts';
import type { Simulation } from '../../support/simulator/simulate.ts';
import { concludedOf } from './concluded.ts';

const batchSize = 500;

/** Observations a second of CPU time. */
export interface JudgingRate {
  readonly judged: number;
  /** Of a bare loop of JSON.parse over the same, at the same time: what the machine can do. */
  readonly parsed: number;
}

/**
 * The baselines alone: what is observed is read, and known to be of which container, and nothing is matched
 * by rules; what changed of the state is written as text. The first half only warms up.
 */
export function judgingRate(simulation: Simulation, most: number): JudgingRate {
  const baselines = restoreBaselines({ partition: 0, restored: new Map() });
  const judging = { features, options: shippedOptions(), ruleSet: 'no rules' };
  const spent = { judging: 0, parsing: 0 };
  let [count, measured] = [0, 0];
  let batch: Concluded[] = [];
  for (const conclusion of concludedOf(simulation)) {
    batch.push(conclusion);
    count += 1;
    if (batch.length < batchSize) continue;
    const texts = batch.map(({ step }) => JSON.stringify(step.observation));
    const parsing = cpuSeconds(() => {
      for (const text of texts) JSON.parse(text);
    });
    const taken = batch;
    const time = cpuSeconds(() => judgeSteps(baselines, taken, judging));
    if (count > most / 2) {
      measured += batch.length;
      spent.judging += time;
      spent.parsing += parsing;
    }
    batch = [];
    if (count >= most) break;
  }
  return { judged: measured / spent.judging, parsed: measured / spent.parsing };
}

function cpuSeconds(work: () => unknown): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

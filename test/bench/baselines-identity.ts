import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { judgeSteps } from '../../analyzer/baselines/baselines.ts';
import { features } from '../../analyzer/baselines/features/index.ts';
import { type Baselines, restoreBaselines } from '../../analyzer/baselines/parts.ts';
import type { Concluded } from '../../analyzer/step.ts';
import { canonicalJson, type Json } from '../../shared/hash.ts';
import { shippedOptions } from '../support/simulator/drive.ts';
import { families } from '../support/simulator/families/index.ts';
import { intrusions } from '../support/simulator/intrusions/index.ts';
import { simulate } from '../support/simulator/simulate.ts';
import { concludedOf } from './baselines/concluded.ts';

/**
 * Whether a change of the code changes anything that the baselines branch says: days of all families with all intrusions, and now and then a lineage
 * in trouble, through the branch; printed is a SHA-256 of all findings and of the state after each day, in whatever order their members are, and of the
 * very text of each commit. Equal code, equal hashes: `npx tsx test/bench/baselines-identity.ts`. `--days 5`, `--seed 1`; with `--restart 4001` the branch
 * is made anew from its state after each so many observations, which must change neither findings nor state (commits are others then).
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    days: { type: 'string', default: '5' },
    restart: { type: 'string', default: '0' },
  },
});
const [seed, days, restartAfter] = [Number(values.seed), Number(values.days), Number(values.restart)];
const dayMs = 86_400_000;
const batchSize = 500;
/** So seldom an observation comes with a finding of medium or above. */
const troubledEvery = 9_973;

const judging = { features, options: shippedOptions(), ruleSet: 'no rules' };
const hashes = { findings: createHash('sha256'), state: createHash('sha256'), changes: createHash('sha256') };
const state = new Map<string, string>();
let baselines: Baselines = restoreBaselines({ partition: 0, restored: state });
let [count, findings, day] = [0, 0, 0];
let batch: Concluded[] = [];

const byKey = <One>([a]: readonly [string, One], [b]: readonly [string, One]): number => (a < b ? -1 : 1);

function judge(): void {
  const [after, judged] = judgeSteps(baselines, batch, judging);
  baselines = after;
  batch = [];
  for (const records of judged.records) {
    findings += records.length;
    if (records.length > 0) hashes.findings.update(`${canonicalJson(records as unknown as Json)}\n`);
  }
  // Keys of one commit are in no order.
  const changes = judged.state.map(({ key, value }) => [key, value] as const).sort(byKey);
  hashes.changes.update(`${JSON.stringify([changes, judged.happenings, judged.nextWake])}\n`);
  for (const [key, value] of changes)
    if (value === null) state.delete(key);
    else state.set(key, value);
}

const wholeState = (): void => {
  for (const [key, value] of [...state].sort(byKey))
    hashes.state.update(`${key} ${canonicalJson(JSON.parse(value))}\n`);
};

for (const conclusion of concludedOf(simulate({ seed, days, sampleMs: 60_000, families, intrusions }))) {
  count += 1;
  batch.push({ ...conclusion, troubles: count % troubledEvery === 0 ? ['rule'] : [] });
  const isRestart = restartAfter > 0 && count % restartAfter === 0;
  const today = Math.floor(conclusion.step.now / dayMs);
  if (batch.length === batchSize || isRestart || today !== day) judge();
  if (isRestart) baselines = restoreBaselines({ partition: 0, restored: state });
  if (today !== day) wholeState();
  day = today;
}
judge();
wholeState();
console.log(`${count} observations, ${findings} findings, ${state.size} values of state`);
for (const [name, hash] of Object.entries(hashes)) console.log(`${name} ${hash.digest('hex')}`);

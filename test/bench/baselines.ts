import { parseArgs } from 'node:util';
import { loadRules } from '../../analyzer/sigma/load.ts';
import { families } from '../support/simulator/families/index.ts';
import { intrusions } from '../support/simulator/intrusions/index.ts';
import { simulate } from '../support/simulator/simulate.ts';
import { judgingRate } from './baselines/judging.ts';
import { runPass } from './baselines/pass.ts';
import { linesOf, type Measured, measuredOf } from './baselines/report.ts';
import type { Pair } from './baselines/score.ts';

/**
 * `npm run bench:baselines`: weeks of simulated workloads (test/support/simulator) through the analyzer's stage as it ships and through three
 * simple baselines, each seed once without and once with intrusions. `-- --seeds 2` of each set, `--days 21`, `--sample 60` seconds between
 * readings, `--families web,ci`, `--rules shipped` (default: none, so that everything told is a deviation), `--set tuning` alone, `--held 2001` first of the seeds kept apart, `--json`.
 * For work in between: `--quick` (without the rate of the judging part), `--kinds resources,exec` (of the observations those alone).
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2' },
    days: { type: 'string', default: '21' },
    sample: { type: 'string', default: '60' },
    families: { type: 'string', default: '' },
    rules: { type: 'string', default: 'none' },
    set: { type: 'string', default: '' },
    held: { type: 'string', default: '2001' },
    kinds: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

/** Numbers are tuned on the first; the others are looked at, and nothing is changed because of what is seen there. */
const seedsOf = { tuning: 1, 'held out': Number(values.held) } as const;

const namesIn = (text: string): readonly string[] => text.split(',').filter(Boolean);
const named = namesIn(values.families);
const wanted = {
  days: Number(values.days),
  sampleMs: Number(values.sample) * 1_000,
  families: families.filter(({ name }) => named.length === 0 || named.includes(name)),
};
const rules = values.rules === 'shipped' ? await loadRules({ directories: [] }) : undefined;
const drive = { ...(rules && { rules }), kinds: namesIn(values.kinds) };
const said = (line: string): void => (values.json ? console.error(line) : console.log(line));

const measured: Measured[] = [];
for (const [name, first] of Object.entries(seedsOf).filter(([name]) => values.set === '' || values.set === name)) {
  const pairs: Pair[] = [];
  for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
    const clean = runPass(simulate({ ...wanted, seed }), drive);
    const intruded = runPass(simulate({ ...wanted, seed, intrusions }), drive);
    pairs.push({ seed, clean, intruded });
  }
  const one = measuredOf(name, pairs);
  measured.push(one);
  for (const line of linesOf(one)) said(line);
}
const judging = values.quick ? undefined : judgingRate(simulate({ ...wanted, seed: seedsOf.tuning }), 200_000);
if (judging !== undefined) {
  const whole = (value: number): string => Math.round(value).toLocaleString('en');
  said('');
  said(
    `baselines alone: ${whole(judging.judged)} observations per second of CPU time (a bare loop of JSON.parse: ${whole(judging.parsed)})`,
  );
}
if (values.json) console.log(JSON.stringify({ ...wanted, families: named, measured, judging }));

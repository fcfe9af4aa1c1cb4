import { createQuantities, isOfWorkload } from '../../analyzer/baselines/quantities/branch.ts';
import { quantities } from '../../analyzer/baselines/quantities/index.ts';
import { egress } from '../support/analyzer/observations.ts';
import { createContainer } from '../support/analyzer/readings.ts';

/** How many observations a second the quantity branch takes by itself, by CPU time of one core: `npx tsx test/bench/quantities.ts`. */
const containers = 50;
const hours = 48;
const from = Date.UTC(2026, 5, 1);

const needs = { observations: 50, hours: 24, newProbability: 0.05 };
const branch = createQuantities({ partition: 0, restored: new Map() }, quantities);
const all = Array.from({ length: containers }, (_, index) =>
  createContainer(`c${index}`, { from, seed: index + 1, look: { repository: `image-${index}` } }),
);

/** CPU time of this process, ms: others may have the core too. */
const cpuMs = (): number => process.cpuUsage().user / 1_000;

let readings = 0;
let readingMs = 0;
let bytes = 0;
let findings = 0;
for (let hour = 0; hour < hours; hour += 1) {
  const observations = all.flatMap(({ run, noise }) =>
    run(60, () => ({ cpu: 4 * noise(0.4), memory: 2 ** 28 * noise(0.1), sent: 20_000 * noise(0.8), written: 1_000 })),
  );
  const started = cpuMs();
  for (const observation of observations) {
    if (!isOfWorkload(observation)) continue;
    const { at } = observation;
    branch.settle(at);
    const lineage = observation.container?.id ?? '';
    const seen = {
      observation,
      at,
      now: at,
      phase: 'steady',
      lineage,
      isHeld: false,
      needs,
      mediumPerWeek: 1,
      ruleSet: '',
    } as const;
    findings += branch.judge(seen).length;
    // What the stage commits of a batch of one second's worth.
    readings += 1;
    if (readings % 50 === 0)
      for (const table of branch.store.tables) for (const { value } of table.takeChanges()) bytes += value?.length ?? 0;
  }
  readingMs += cpuMs() - started;
}
console.log(
  `readings: ${readings}, ${Math.round(readings / (readingMs / 1_000))} a second, ` +
    `${Math.round(bytes / readings)} bytes of state each, ${findings} findings`,
);

let connections = 0;
const started = cpuMs();
for (let second = 0; second < 20_000; second += 1) {
  const observation = egress('c0', from + second * 1_000, { ip: `192.0.2.${second % 250}`, port: 443 });
  if (!isOfWorkload(observation)) continue;
  const { at } = observation;
  branch.judge({
    observation,
    at,
    now: at,
    phase: 'steady',
    lineage: 'c0',
    isHeld: false,
    needs,
    mediumPerWeek: 1,
    ruleSet: '',
  });
  connections += 1;
}
console.log(`connections: ${Math.round(connections / ((cpuMs() - started) / 1_000))} a second`);

import { severities } from '../../../shared/finding.ts';
import { createSimpleBaselines } from '../../support/simulator/simple/index.ts';
import { bytesByFamily, type Learned, learnedOf } from './learned.ts';
import { ours } from './pass.ts';
import { type Cause, causes, type FalseAlarms, type Found, falseAlarms, found, type Pair } from './score.ts';

/** What was measured on some seeds. */
export interface Measured {
  readonly name: string;
  readonly seeds: readonly number[];
  readonly falseAlarms: readonly FalseAlarms[];
  readonly causes: readonly Cause[];
  readonly found: readonly Found[];
  readonly learned: readonly Learned[];
  readonly bytes: Readonly<Record<string, number>>;
  readonly observations: number;
  /** Of the entire stage. */
  readonly perSecond: number;
}

const mostCauses = 24;

export const methods = [ours, ...createSimpleBaselines().map(({ name }) => name)];

export function measuredOf(name: string, pairs: readonly Pair[]): Measured {
  const clean = pairs.map((pair) => pair.clean);
  const passes = pairs.flatMap((pair) => [pair.clean, pair.intruded]);
  const sum = (of: (pass: (typeof passes)[number]) => number): number =>
    passes.reduce((all, pass) => all + of(pass), 0);
  return {
    name,
    seeds: pairs.map(({ seed }) => seed),
    falseAlarms: methods.flatMap((method) => falseAlarms(clean, method)),
    causes: causes(clean, ours),
    found: pairs.flatMap((pair) => methods.flatMap((method) => found(pair, method))),
    learned: learnedOf(clean),
    bytes: Object.fromEntries(bytesByFamily(clean)),
    observations: sum(({ count }) => count),
    perSecond: sum(({ count }) => count) / sum(({ cpuSeconds }) => cpuSeconds),
  };
}

export function* linesOf(measured: Measured): Iterable<string> {
  const { name, seeds, observations, perSecond } = measured;
  yield '';
  yield `${name}: seeds ${seeds.join(', ')}; ${whole(observations)} observations`;
  yield* falseLines(measured);
  yield* foundLines(measured);
  yield* severityLines(measured);
  yield* learnedLines(measured);
  yield `  entire stage: ${whole(perSecond)} observations per second of CPU time`;
}

function* falseLines({ falseAlarms: alarms, causes: all, bytes }: Measured): Iterable<string> {
  yield '  false alarms per workload and week, medium or above (low or above), after the first week; bytes of state per workload';
  yield `    ${''.padEnd(12)}${methods.map((method) => method.padStart(20)).join('')}${'bytes'.padStart(12)}`;
  for (const family of new Set(alarms.map((one) => one.family))) {
    const cells = methods.map((method) => {
      const one = alarms.find((alarm) => alarm.method === method && alarm.family === family);
      return (one === undefined ? '-' : `${few(one.medium)} (${few(one.low)})`).padStart(20);
    });
    yield `    ${family.padEnd(12)}${cells.join('')}${whole(bytes[family]).padStart(12)}`;
  }
  yield `  what those of ${ours} come from, medium or above (low or above) per workload of the family and week`;
  for (const { family, by, medium, low, example } of all.slice(0, mostCauses))
    yield `    ${family.padEnd(12)}${by.padEnd(24)}${`${few(medium)} (${few(low)})`.padStart(16)}  ${example.slice(0, 110)}`;
}

function* foundLines({ found: all }: Measured): Iterable<string> {
  yield '  intrusions found, medium or above / low or above, of all seeds, and the time until the first (low or above), the longest of those found';
  yield `    ${''.padEnd(20)}${methods.map((method) => method.padStart(22)).join('')}`;
  for (const intrusion of new Set(all.map((one) => one.intrusion))) {
    const of = (method: string) => all.filter((one) => one.method === method && one.intrusion === intrusion);
    const cells = methods.map((method) => {
      const mine = of(method);
      const times = mine.flatMap(({ low }) => low?.hours ?? []);
      const [medium, low] = [mine.filter((one) => one.medium), mine.filter((one) => one.low)];
      const longest = times.length === 0 ? '' : duration(Math.max(...times));
      return `${medium.length}/${low.length} of ${mine.length} ${longest}`.padStart(22);
    });
    yield `    ${intrusion.padEnd(20)}${cells.join('')}`;
  }
}

/** Seed by seed, so that no median hides one that took long. */
function* severityLines({ found: all, seeds }: Measured): Iterable<string> {
  yield `  how ${ours} found them, seed by seed (${seeds.join(', ')}): the worst severity; time until medium or above; by what; where low came sooner, that too`;
  const mine = all.filter(({ method }) => method === ours);
  for (const intrusion of new Set(mine.map((one) => one.intrusion))) {
    const cells = mine.filter((one) => one.intrusion === intrusion).map(foundText);
    yield `    ${intrusion.padEnd(20)}  ${cells.join('; ')}`;
  }
}

function foundText({ low, medium, worst }: Found): string {
  if (low === undefined) return 'not found';
  if (medium === undefined) return `low ${duration(low.hours)} ${low.by}`;
  const sooner = low.hours < medium.hours ? ` (low ${duration(low.hours)} ${low.by})` : '';
  return `${severities[worst ?? 0]} ${duration(medium.hours)} ${medium.by}${sooner}`;
}

function* learnedLines({ learned }: Measured): Iterable<string> {
  yield '  hours until steady (median), share of workloads still learning';
  for (const { feature, workloads, hours, learning } of learned)
    yield `    ${feature.padEnd(24)}${hours === undefined ? '-'.padStart(8) : few(hours).padStart(8)}  ${(100 * learning).toFixed(0).padStart(3)} % of ${workloads}`;
}

const few = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(2));
const whole = (value: number | undefined): string =>
  value === undefined ? '' : Math.round(value).toLocaleString('en');

const duration = (hours: number): string =>
  hours < 1 / 60
    ? `${Math.round(hours * 3_600)} s`
    : hours < 2
      ? `${(hours * 60).toFixed(1)} min`
      : `${hours.toFixed(1)} h`;

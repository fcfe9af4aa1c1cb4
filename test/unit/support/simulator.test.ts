import { describe, expect, test } from 'vitest';
import type { ResourceFacts } from '../../../shared/facts/resources.ts';
import type { Finding } from '../../../shared/finding.ts';
import { decodeObservation, encodeObservation, type Observation } from '../../../shared/observation.ts';
import { driveStage } from '../../support/simulator/drive.ts';
import { database } from '../../support/simulator/families/database.ts';
import { families } from '../../support/simulator/families/index.ts';
import { web } from '../../support/simulator/families/web.ts';
import { intrusions } from '../../support/simulator/intrusions/index.ts';
import { newEgress } from '../../support/simulator/intrusions/new-egress.ts';
import { slowExfiltration } from '../../support/simulator/intrusions/slow-exfiltration.ts';
import type { Simulated } from '../../support/simulator/life.ts';
import { inTimeOrder } from '../../support/simulator/order.ts';
import { createEwma } from '../../support/simulator/simple/ewma.ts';
import { createFirstSeen } from '../../support/simulator/simple/first-seen.ts';
import { createZScore } from '../../support/simulator/simple/z-score.ts';
import { type SimulationOptions, simulate } from '../../support/simulator/simulate.ts';
import { dayMs, minuteMs } from '../../support/simulator/times.ts';

const few: SimulationOptions = {
  seed: 7,
  days: 3,
  families: [web, database],
  sampleMs: 30 * minuteMs,
  healthcheckMs: 60 * minuteMs,
};
const hidden = { ...few, intrusions: [newEgress, slowExfiltration] };

const all = (options: SimulationOptions): readonly Simulated[] => [...simulate(options).observations()];
const plain = all(few);
const intruded = all(hidden);
const ids = (simulated: readonly Simulated[]): readonly string[] => simulated.map(({ observation }) => observation.id);

describe('a simulation', () => {
  test('is the same with the same seed, and another with another', () => {
    expect(plain.length).toBeGreaterThan(2_000);
    const simulation = simulate({ ...few, days: 1 });
    const once = [...simulation.observations()];
    expect([...simulation.observations()]).toEqual(once);
    expect(all({ ...few, days: 1 })).toEqual(once);
    expect(ids(all({ ...few, days: 1, seed: 8 }))).not.toEqual(ids(once));
  });

  test('is in the order of time, within its days, no id twice, and all of it can be read by the analyzer', () => {
    const { from, to } = simulate({ ...few, days: 1 });
    const simulated = all({ ...few, days: 1, families, intrusions });
    let last = from;
    const seen = new Set<string>();
    for (const { observation } of simulated) {
      expect(observation.at).toBeGreaterThanOrEqual(last);
      last = observation.at;
      seen.add(observation.id);
    }
    expect(last).toBeLessThan(to);
    expect(seen.size).toBe(simulated.length);
    for (const { observation } of simulated.slice(0, 500))
      expect(decodeObservation(encodeObservation(observation), 'here')).toEqual(observation);
  });

  test('has its intrusions in it and is otherwise what it is without them', () => {
    const { truths, workloads } = simulate(hidden);
    expect(truths.map(({ name, workload }) => [name, workload.name])).toEqual([
      ['new egress', 'shop/web'],
      ['slow exfiltration', 'shop/db'],
    ]);
    expect(workloads.map(({ ref }) => ref.name)).toEqual(['shop/web', 'shop/db', '@host']);
    const made = intruded.filter(({ intrusion }) => intrusion === 'new egress');
    expect(made.map(({ observation }) => observation.destination?.ip)).toEqual(Array(3).fill('45.155.205.233'));
    expect(intruded.filter(({ intrusion }) => intrusion === 'slow exfiltration').length).toBeGreaterThan(10);
    for (const { observation, intrusion } of intruded) {
      const truth = truths.find(({ name }) => name === intrusion);
      if (truth === undefined) continue;
      expect(observation.workload).toEqual(truth.workload);
      expect(observation.at).toBeGreaterThanOrEqual(truth.from);
      expect(observation.at).toBeLessThanOrEqual(truth.to);
    }
    expect(ids(intruded.filter(({ intrusion }) => intrusion !== 'new egress'))).toEqual(ids(plain));
  });

  test('opens what begins later only when its time has come', () => {
    const opened: number[] = [];
    const source = (from: number, ...things: number[]) => ({
      from,
      things: () => {
        opened.push(from);
        return things;
      },
    });
    const merged = inTimeOrder([source(0, 1, 5, 9), source(2, 2, 5, 6), source(8, 8)], (at) => at)[Symbol.iterator]();
    expect([merged.next().value, opened]).toEqual([1, [0]]);
    expect([merged.next().value, opened]).toEqual([2, [0, 2]]);
    expect([...{ [Symbol.iterator]: () => merged }]).toEqual([5, 5, 6, 8, 9]);
  });
});

describe('over three days of two workloads', () => {
  test('the stage finds a new destination at once, and tells of nothing before', () => {
    const stage = driveStage();
    const told: readonly Finding[] = [
      ...intruded.flatMap(({ observation }) => stage.take(observation)),
      ...stage.end(),
    ];
    const [first, ...more] = told.filter(
      ({ kind, digest, observation }) =>
        kind === 'deviation' && digest !== true && observation['destination.ip'] === '45.155.205.233',
    );
    const [truth] = simulate(hidden).truths;
    expect(first?.workload?.name).toBe('shop/web');
    expect((first?.at ?? 0) - (truth?.from ?? 0)).toBeLessThan(minuteMs);
    expect(more).toEqual([]);
    expect(told.filter(({ at, digest }) => digest !== true && at < (truth?.from ?? 0))).toEqual([]);
  });
});

describe('simple baselines', () => {
  const later = (observation: Observation | undefined, more: Partial<Observation> = {}): Observation => {
    if (observation === undefined) throw new Error('no such observation');
    return { ...observation, ...more, at: observation.at + 9 * dayMs };
  };
  const [made] = intruded.flatMap(({ observation, intrusion }) => (intrusion === 'new egress' ? observation : []));
  const [reading] = plain.flatMap(({ observation }) => (observation.resources === undefined ? [] : observation));

  test('"first seen ever" tells once what comes after its week', () => {
    const baseline = createFirstSeen();
    expect(plain.flatMap(({ observation }) => baseline.take(observation))).toEqual([]);
    expect(baseline.take(later(made))).toEqual(['connects to 45.155.205.233:443']);
    expect(baseline.take(later(made))).toEqual([]);
  });

  test.each([createZScore, createEwma])('%o tells of readings far from all before', (create) => {
    const baseline = create();
    for (const { observation } of plain) baseline.take(observation);
    if (reading?.resources === undefined) throw new Error('no reading');
    const told = (cpu: number): readonly string[] =>
      baseline.take(later(reading, { resources: { ...reading.resources, cpu_pct_of_quota: cpu } as ResourceFacts }));
    expect(told(reading.resources.cpu_pct_of_quota)).not.toContainEqual(expect.stringContaining('cpu'));
    expect([...told(100), ...told(100), ...told(100)]).toContain('cpu 100');
  });
});

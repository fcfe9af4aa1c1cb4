import { expect, it } from 'vitest';
import type { Observation } from '../../../../shared/observation.ts';
import { createPlay, findings, quickBaselines } from '../../../support/analyzer/play.ts';
import { ruleSet } from '../../../support/analyzer/rules.ts';
import { database } from '../../../support/simulator/families/database.ts';
import { replicas } from '../../../support/simulator/families/replicas.ts';
import { web } from '../../../support/simulator/families/web.ts';
import { simulate } from '../../../support/simulator/simulate.ts';
import { minuteMs } from '../../../support/simulator/times.ts';

const options = {
  rules: ruleSet([]),
  baselines: { ...quickBaselines, minimumObservations: 20, minimumHours: 6, newProbability: 0.2 },
};

/** Days of everything that workloads show: readings on charts, counters, execs, connections, starts, replicas. */
const all: readonly Observation[] = Array.from(
  simulate({
    seed: 3,
    days: 2,
    families: [web, database, replicas],
    sampleMs: 5 * minuteMs,
    healthcheckMs: 60 * minuteMs,
  }).observations(),
  ({ observation }) => observation,
);

function played(size: number, restartEvery: number) {
  const play = createPlay(options);
  const records = [];
  for (let from = 0, batch = 1; from < all.length; from += size, batch += 1) {
    records.push(...play.batch(all.slice(from, from + size)));
    if (batch % restartEvery === 0) play.restart();
  }
  const state = new Map([...play.state].map(([key, value]): [string, unknown] => [key, JSON.parse(value)]));
  return { records, state, text: new Map(play.state) };
}

const whole = played(5_000, Number.POSITIVE_INFINITY);

/**
 * What grows in place (gauges, the slots of replicas, the ids seen) is handed over as text at each commit and taken up from it after a restart:
 * were one thing held twice, or kept by somebody who grows no more, or not written, these would differ.
 */
it('days of workloads come to the same findings and state in one life and in many, in large batches and small', () => {
  const many = played(97, 1);
  expect(many.records).toEqual(whole.records);
  expect(many.state).toEqual(whole.state);
  // The days are worth the comparison only if something was learned, judged and told in them.
  expect(findings(whole.records).length).toBeGreaterThan(5);
  const quantities = [...whole.text].filter(([key]) => key.includes('/quantity/'));
  expect(quantities.filter(([, text]) => text.includes('"state":"steady"')).length).toBeGreaterThan(20);
  expect([...whole.text].filter(([key]) => key.includes('/gauge/')).length).toBeGreaterThan(4);
});

it('in one life the state is the same text, byte by byte, however small the batches are', () => {
  const small = played(97, Number.POSITIVE_INFINITY);
  expect(small.records).toEqual(whole.records);
  for (const [key, text] of whole.text) expect(small.text.get(key), key).toBe(text);
  expect(small.text.size).toBe(whole.text.size);
});

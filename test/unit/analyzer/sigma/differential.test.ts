import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines } from '../../../support/sigma/engine.ts';
import { printRules, readRules, ruleSetCase } from '../../../support/sigma/generate.ts';
import { type Features, placeholders } from '../../../support/sigma/generate-item.ts';
import { spell } from '../../../support/sigma/generate-json.ts';
import { correlatedCase } from '../../../support/sigma/generate-set.ts';
import { evaluateWithOracle } from '../../../support/sigma/oracle-set.ts';

/** `SIGMA_RUNS=20000 SIGMA_SEED=1 npx vitest run --project unit differential` for a long run. */
const numRuns = Number(process.env.SIGMA_RUNS ?? 150);
const seed = process.env.SIGMA_SEED === undefined ? {} : { seed: Number(process.env.SIGMA_SEED) };
const timeout = numRuns * 200 + 10_000;

/** `false`: the engine is known to be wrong there; the cases stand in the list of conformance.test.ts. */
const features: Features = {
  time: true,
  falseDates: true,
  expand: true,
  expandBackslashes: true,
  encodedDashes: true,
  halves: true,
};

describe.each(engines)('the engine "$name" says what the second evaluator says', ({ evaluate }) => {
  test(
    'for any rules and any events',
    () => {
      fc.assert(
        fc.property(ruleSetCase(features), ({ rules, events, spelling }) => {
          const text = printRules(rules);
          const lines = events.map((event) => spell(event, spelling));
          expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
          const expected = evaluateWithOracle(readRules(rules), events, { placeholders });
          expect(evaluate(text, events, lines, { placeholders })).toEqual(expected);
        }),
        { numRuns, ...seed },
      );
    },
    timeout,
  );

  test(
    'for correlations of rules and of each other, and for filters',
    () => {
      fc.assert(
        fc.property(correlatedCase, ({ rules, events, spelling }) => {
          const lines = events.map((event) => spell(event, spelling));
          const options = { timeField: 't' };
          expect(evaluate(printRules(rules), events, lines, options)).toEqual(
            evaluateWithOracle(readRules(rules), events, options),
          );
        }),
        { numRuns, ...seed },
      );
    },
    timeout,
  );
});

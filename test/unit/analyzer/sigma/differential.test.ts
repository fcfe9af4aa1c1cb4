import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines } from '../../../support/sigma/engine.ts';
import { printRules, readRules, ruleSetCase } from '../../../support/sigma/generate.ts';
import { placeholders } from '../../../support/sigma/generate-item.ts';
import { broken, spell } from '../../../support/sigma/generate-json.ts';
import { correlatedCase } from '../../../support/sigma/generate-set.ts';
import { readEvent } from '../../../support/sigma/oracle-event.ts';
import { evaluateWithOracle } from '../../../support/sigma/oracle-set.ts';

/** `SIGMA_RUNS=20000 SIGMA_SEED=1 npx vitest run --project unit differential` for a long run. */
const numRuns = Number(process.env.SIGMA_RUNS ?? 150);
const seed = process.env.SIGMA_SEED === undefined ? {} : { seed: Number(process.env.SIGMA_SEED) };
const timeout = numRuns * 200 + 10_000;

describe.each(engines)('the engine "$name" says what the second evaluator says', ({ evaluate }) => {
  test(
    'for any rules and any events',
    () => {
      fc.assert(
        fc.property(ruleSetCase(), ({ rules, events, spelling }) => {
          const text = printRules(rules);
          const lines = events.map((event) => spell(event, spelling));
          expect(lines.map(readEvent)).toEqual(events);
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

describe.each(engines.filter(({ readsBytes }) => readsBytes))(
  'the engine "$name" on lines that were broken',
  ({ evaluate }) => {
    test(
      'refuses what JSON.parse refuses, and reads the rest as it does',
      () => {
        const brokenCase = ruleSetCase().chain(({ rules, events: [event = {}], spelling }) =>
          broken(spell(event, spelling)).map((line) => ({ rules, line })),
        );
        fc.assert(
          fc.property(brokenCase, ({ rules, line }) => {
            // A stream may begin with a byte order mark.
            fc.pre(line.trim() !== '' && !line.startsWith('\ufeff'));
            const event = readEvent(Buffer.from(line).toString());
            const found = () => evaluate(printRules(rules), [event ?? {}], [line], { placeholders });
            if (event === undefined) expect(found).toThrow();
            else expect(found()).toEqual(evaluateWithOracle(readRules(rules), [event], { placeholders }));
          }),
          { numRuns, ...seed },
        );
      },
      timeout,
    );
  },
);

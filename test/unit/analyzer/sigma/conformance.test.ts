import { describe, expect, test } from 'vitest';
import type { MatchCase, RefusalCase } from '../../../support/sigma/conformance.ts';
import { correlationCases, correlationRefusals } from '../../../support/sigma/conformance-correlation.ts';
import {
  expandCases,
  laterModifierRefusals,
  modifierCases,
  modifierRefusals,
  timeCases,
} from '../../../support/sigma/conformance-modifiers.ts';
import {
  actionCases,
  actionRefusals,
  conditionCases,
  conditionRefusals,
  documentCases,
  documentRefusals,
  filterCases,
  filterRefusals,
  logsourceCases,
} from '../../../support/sigma/conformance-rules.ts';
import {
  eventCases,
  structureCases,
  structureRefusals,
  valueCases,
  valueRefusals,
} from '../../../support/sigma/conformance-values.ts';
import { engines, problemsWithEngine } from '../../../support/sigma/engine.ts';
import { evaluateWithOracle } from '../../../support/sigma/oracle-set.ts';
import { plainDocuments } from '../../../support/sigma/oracle-yaml.ts';

/** Every sentence of the language reference as an example; each runs in the second evaluator and in every engine. */
const matches: readonly MatchCase[] = [
  ...documentCases,
  ...valueCases,
  ...structureCases,
  ...eventCases,
  ...modifierCases,
  ...conditionCases,
  ...logsourceCases,
  ...timeCases,
  ...expandCases,
  ...actionCases,
  ...filterCases,
  ...correlationCases,
];

const refusals: readonly RefusalCase[] = [
  ...documentRefusals,
  ...valueRefusals,
  ...structureRefusals,
  ...modifierRefusals,
  ...conditionRefusals,
  ...laterModifierRefusals,
  ...actionRefusals,
  ...filterRefusals,
  ...correlationRefusals,
];

test('names of cases are different', () => {
  const names = [...matches, ...refusals].map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

describe('the second evaluator', () => {
  test.each(matches)('$name', ({ rules, events, expected, options }) => {
    expect(evaluateWithOracle(plainDocuments(rules), events, options)).toEqual(expected);
  });
});

describe.each(engines)('the engine $name', ({ evaluate }) => {
  test.each(matches)('$name', ({ rules, events, expected, options }) => {
    const lines = events.map((event) => JSON.stringify(event));
    expect(evaluate(rules, events, lines, options)).toEqual(expected);
  });
});

describe('told when rules are read', () => {
  test.each(refusals)('$name', ({ rules, problem, options }) => {
    expect(problemsWithEngine(rules, options).join('\n')).toMatch(new RegExp(problem.source, 'm'));
  });
});

import { expect, it } from 'vitest';
import { createLeftOuts } from '../../../../../collector/sensors/dns/left-out.ts';
import { createToldQuestions } from '../../../../../collector/sensors/dns/told.ts';
import { swept } from '../../../../support/collector/sweeps.ts';

it('counts what was left out of containers that are forgotten because there are too many', () => {
  const questions = createToldQuestions();
  questions.missed(swept('first', 1), 5, 1_000);
  for (let pid = 2; pid <= 4_097; pid += 1) questions.ask(swept(`c${pid}`, pid), 'A x', 2_000, true);
  expect(questions.leftOut(2_000)).toMatchObject([{ container: { id: 'first' }, from: 1_000, to: 2_000, count: 5 }]);
  expect(questions.leftOut(3_000)).toEqual([]);
});

it('counts what has no room to wait as left out, and does not take it for told', () => {
  const questions = createToldQuestions();
  const container = swept('c', 1);
  expect(questions.ask(container, 'A x', 1_000, false)).toBeUndefined();
  expect(questions.ask(container, 'A x', 2_000, true)).toBe(0);
  expect(questions.leftOut(70_000)).toMatchObject([{ count: 1 }]);
});

it('tells at once what is left out of whom there is no more room to remember', () => {
  const lefts = createLeftOuts<string>();
  const add = (name: string, count: number, at: number) => lefts.add(name, name, { from: at, to: at, count });
  add('first', 1, 0);
  expect(lefts.due(0)).toHaveLength(1);
  add('first', 2, 10);
  for (let at = 1; at <= 4_096; at += 1) add(`c${at}`, 1, 20);
  expect(lefts.due(20)[0]).toEqual({ of: 'first', from: 10, to: 10, count: 2 });
});

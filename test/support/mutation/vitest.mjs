import { format } from 'node:util';
import { ASYMMETRIC_MATCHERS_OBJECT, chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';
import { configureGlobal } from 'fast-check';

/** As much of vitest as tests of the rule language use: they are collected, and whoever collected them runs them. */
export const collected = [];

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
export const expect = Object.assign(
  (value, message) => chai.expect(value, message),
  chai.expect,
  globalThis[ASYMMETRIC_MATCHERS_OBJECT],
);

// That one example fails is enough: nobody reads the smallest.
configureGlobal({
  seed: Number(process.env.SIGMA_SEED),
  numRuns: Number(process.env.SIGMA_RUNS),
  endOnFailure: true,
});

let titles = [];
export const test = (name, run) => void collected.push({ name: [...titles, name].join(' > '), run });
export const describe = (name, body) => {
  titles = [...titles, name];
  body();
  titles = titles.slice(0, -1);
};
const each = (one) => (rows) => (name, run) => {
  for (const [index, row] of rows.entries()) {
    const values = Array.isArray(row) ? row : [row];
    one(titleOf(name, values, index), () => run(...values));
  }
};
test.each = each(test);
describe.each = each(describe);
export const it = test;

const titleOf = (name, values, index) => {
  const [row] = values;
  const named = name
    .replaceAll(/\$(\w+)/g, (all, key) => (Object.hasOwn(Object(row), key) ? String(row[key]) : all))
    .replaceAll('%#', String(index));
  const places = named.match(/%[sdifjoO]/g)?.length ?? 0;
  return format(named, ...values.slice(0, places));
};

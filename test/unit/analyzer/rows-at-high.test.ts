import { expect, test } from 'vitest';
import { readRules, shippedRules } from '../../../analyzer/sigma/load.ts';

const { documents } = await readRules([shippedRules()]);
const rules = documents.flatMap(({ rule }) => (rule.kind === 'rule' ? [rule] : []));
const counted = documents.flatMap(({ rule }) =>
  rule.kind === 'correlation' && rule.name === 'configuration_row_at_high' ? rule.correlation.rules : [],
);

/** Rows of configuration and mounts that are found later, by what runs: they say nothing when a container is created. */
const later = ['MNT-04', 'MNT-15', 'MNT-17'];

const high = rules.filter(
  ({ level, catalogue }) => /^(high|critical)$/.test(level) && catalogue.some((row) => /^(CFG|MNT)-/.test(row)),
);
const isLater = (rows: readonly string[]): boolean => rows.some((row) => later.includes(row));

test('SEQ-07 counts every high or critical rule of configuration and mounts that speaks when a container is created', () => {
  const expected = high.filter(({ catalogue }) => !isLater(catalogue));
  const named = (ids: readonly string[]): readonly string[] =>
    ids.map((id) => rules.find((rule) => rule.id === id)?.title ?? `no rule ${id}`).sort();
  expect(named(counted)).toEqual(named(expected.map(({ id }) => id)));
  expect(new Set(counted).size).toBe(counted.length);
});

test('what it leaves out is never told of a configuration', () => {
  const left = high.filter(({ catalogue }) => isLater(catalogue));
  expect([...new Set(left.flatMap(({ catalogue }) => catalogue))].sort()).toEqual(later);
  expect(left.map(({ logsource }) => logsource.category)).not.toContain('container_configuration');
});

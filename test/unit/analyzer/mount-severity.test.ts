import { expect, test } from 'vitest';
import { compileRules } from '../../../analyzer/sigma/compile.ts';
import { completeSample } from '../../../analyzer/sigma/complete-sample.ts';
import { readRules, shippedRules } from '../../../analyzer/sigma/load.ts';
import { mountSeverity } from '../../../collector/engine/facts/mount-severity.ts';
import { severityRank } from '../../../shared/finding.ts';
import { isRecord } from '../../../shared/observation.ts';

const { documents } = await readRules([shippedRules()]);
const mounts = documents.flatMap(({ rule, attributes }) =>
  rule.kind === 'rule' && rule.catalogue.some((row) => row.startsWith('MNT-')) ? [{ rule, attributes }] : [],
);
const { match } = compileRules(mounts.map(({ rule }) => rule));

test('the collector’s verdict on a mount is that of the rules: on all of their samples', () => {
  const samples = mounts.flatMap(({ rule, attributes: { samples } }) =>
    (isRecord(samples) ? [samples.match, samples.ignore] : [])
      .flatMap((list) => (Array.isArray(list) ? list.filter(isRecord) : []))
      .map((sample) => completeSample(rule, sample)),
  );
  expect(samples.length).toBeGreaterThan(50);
  for (const { mount, ...sample } of samples) {
    if (mount === undefined) continue;
    const told = match({ ...sample, mount }).map(({ rule }) => rule.level);
    const worst = told.sort((a, b) => severityRank(b) - severityRank(a))[0];
    expect([mount, mountSeverity(mount)]).toEqual([mount, worst]);
  }
});

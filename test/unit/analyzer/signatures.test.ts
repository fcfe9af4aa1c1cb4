import { describe, expect, test } from 'vitest';
import { compileRules } from '../../../analyzer/sigma/compile.ts';
import { readRules, shippedRules } from '../../../analyzer/sigma/load.ts';
import { runSamples } from '../../../analyzer/sigma/samples.ts';

const { documents, problems } = await readRules([shippedRules()]);

describe('shipped signatures', () => {
  test('all of them load, without a warning', () => {
    expect(problems).toEqual([]);
    expect(compileRules(documents.map(({ rule }) => rule)).problems).toEqual([]);
  });

  test('the rows of the first pack are there', () => {
    const rows = new Set(documents.flatMap(({ rule }) => rule.catalogue));
    const wanted = `CFG-01 CFG-02 CFG-03 CFG-04 CFG-05 CFG-06 CFG-20 CFG-21 CFG-22 CFG-23 CFG-25 CFG-30 CFG-31 CFG-32 CFG-40 CFG-41 CFG-44
      MNT-01 MNT-02 MNT-03 MNT-05 MNT-06 MNT-07 MNT-08 MNT-09 MNT-10 EXE-01 EXE-02 EXE-03 EXE-08 API-07 API-08 API-09 CRD-01 EVA-01 MON-01`;
    expect(wanted.split(/\s+/).filter((row) => !rows.has(row))).toEqual([]);
  });

  describe.each(
    documents.map((document) => ({
      title: `${document.rule.catalogue.join()} ${document.rule.title} (${document.rule.level})`,
      document,
    })),
  )('$title', ({ document }) => {
    const results = runSamples([document], (of, observation) => compileRules([of.rule]).match(observation).length > 0);

    test('says what happened, why it matters and what to check', () => {
      const { description, why, check, summary, techniques, falsePositives } = document.rule;
      expect([description, why, summary, ...check, ...falsePositives].every((text) => text.length > 3)).toBe(true);
      expect(check.length).toBeGreaterThan(0);
      expect(techniques.length).toBeGreaterThan(0);
    });

    test('has samples of both kinds', () => {
      expect(new Set(results.map(({ expected }) => expected))).toEqual(new Set([true, false]));
    });

    test.each(results)('$note → $expected', ({ matched, expected }) => {
      expect(matched).toBe(expected);
    });
  });
});

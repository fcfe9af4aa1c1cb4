import { describe, expect, test } from 'vitest';
import { compileRules } from '../../../analyzer/sigma/compile.ts';
import { completeSample } from '../../../analyzer/sigma/complete-sample.ts';
import { readRules, shippedRules } from '../../../analyzer/sigma/load.ts';
import { runSamples } from '../../../analyzer/sigma/samples.ts';
import { isRecord } from '../../../shared/observation.ts';

const { documents: all, problems } = await readRules([shippedRules()]);
const documents = all.flatMap(({ rule, attributes }) => (rule.kind === 'rule' ? { rule, attributes } : []));
const sequences = all.flatMap(({ rule, attributes }) => (rule.kind === 'correlation' ? { rule, attributes } : []));
const compiled = compileRules(all.map(({ rule }) => rule));
/** What raises something by itself: all but the rules that only feed a sequence. */
const told = [...documents, ...sequences].filter(({ rule }) => !compiled.silent.has(rule.id));

describe('shipped signatures', () => {
  test('all of them load, without a warning', () => {
    expect(problems).toEqual([]);
    expect(compiled.problems).toEqual([]);
  });

  test('the rows of the first pack are there', () => {
    const rows = new Set(told.flatMap(({ rule }) => rule.catalogue));
    const wanted = `CFG-01 CFG-02 CFG-03 CFG-04 CFG-05 CFG-06 CFG-20 CFG-21 CFG-22 CFG-23 CFG-25 CFG-30 CFG-31 CFG-32 CFG-40 CFG-41 CFG-44
      MNT-01 MNT-02 MNT-03 MNT-05 MNT-06 MNT-07 MNT-08 MNT-09 MNT-10 EXE-01 EXE-02 EXE-03 EXE-08 API-07 API-08 API-09 CRD-01 EVA-01 MON-01`;
    expect(wanted.split(/\s+/).filter((row) => !rows.has(row))).toEqual([]);
  });

  test('ids are random UUIDs, files are named by row', () => {
    for (const { rule } of [...documents, ...sequences]) {
      expect(rule.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      const row = /([a-z]{3}-\d\d)-[a-z-0-9]+\.yml$/.exec(rule.file)?.[1]?.toUpperCase();
      expect(rule.catalogue).toEqual([row]);
    }
  });

  test('each row has the severities of the catalogue', () => {
    const levels: Record<string, readonly string[]> = {};
    for (const { rule } of told)
      for (const row of rule.catalogue) levels[row] = [...new Set([...(levels[row] ?? []), rule.level])].sort();
    expect(levels).toEqual({
      'CFG-01': ['high'],
      'CFG-02': ['high'],
      'CFG-03': ['high'],
      'CFG-04': ['critical'],
      'CFG-05': ['high', 'medium'],
      'CFG-06': ['high'],
      'CFG-20': ['high'],
      'CFG-21': ['high', 'medium'],
      'CFG-22': ['informational', 'medium'],
      'CFG-23': ['low'],
      'CFG-25': ['high', 'medium'],
      'CFG-30': ['high'],
      'CFG-31': ['high'],
      'CFG-32': ['high'],
      'CFG-40': ['high', 'low'],
      'CFG-41': ['high'],
      'CFG-44': ['critical'],
      'MNT-01': ['high'],
      'MNT-02': ['high'],
      'MNT-03': ['critical'],
      'MNT-05': ['critical', 'high'],
      'MNT-06': ['critical', 'high', 'informational', 'low', 'medium'],
      'MNT-07': ['high', 'medium'],
      'MNT-08': ['high'],
      'MNT-09': ['high', 'medium'],
      'MNT-10': ['critical'],
      'CFG-07': ['critical', 'high'],
      'CFG-08': ['high', 'medium'],
      'CFG-09': ['high'],
      'CFG-10': ['medium'],
      'CFG-24': ['high'],
      'CFG-26': ['critical', 'high', 'informational', 'low', 'medium'],
      'CFG-27': ['informational', 'low'],
      'CFG-28': ['high', 'medium'],
      'CFG-29': ['medium'],
      'CFG-33': ['informational'],
      'CFG-34': ['informational'],
      'CFG-35': ['medium'],
      'CFG-36': ['low'],
      'CFG-38': ['low'],
      'CFG-42': ['high'],
      'CFG-43': ['informational', 'medium'],
      'CFG-45': ['high', 'medium'],
      'CFG-46': ['high', 'low'],
      'CFG-47': ['medium'],
      'CFG-48': ['high'],
      'CFG-49': ['low'],
      'CFG-50': ['high'],
      'MNT-11': ['high'],
      'MNT-12': ['critical'],
      'MNT-13': ['informational', 'medium'],
      'MNT-14': ['high', 'low'],
      'MNT-15': ['high'],
      'MNT-16': ['high'],
      'MNT-17': ['high', 'informational', 'low'],
      'MNT-18': ['critical'],
      'EXE-01': ['critical'],
      'EXE-02': ['high'],
      'EXE-03': ['medium'],
      'EXE-05': ['informational', 'medium'],
      'EXE-08': ['high'],
      'EXE-10': ['low'],
      'API-01': ['high'],
      'API-02': ['critical', 'medium'],
      'API-04': ['high'],
      'API-05': ['low'],
      'API-06': ['low', 'medium'],
      'API-07': ['medium'],
      'API-08': ['high', 'low'],
      'API-09': ['medium'],
      'API-11': ['informational'],
      'API-12': ['medium'],
      'API-15': ['medium'],
      'API-16': ['medium'],
      'API-17': ['medium'],
      'IMG-01': ['medium'],
      'IMG-02': ['informational'],
      'IMG-03': ['high'],
      'IMG-04': ['medium'],
      'IMG-05': ['medium'],
      'IMG-06': ['low'],
      'IMG-07': ['medium'],
      'IMG-08': ['low'],
      'IMG-09': ['high'],
      'IMG-10': ['high'],
      'IMG-11': ['medium'],
      'FIL-10': ['high'],
      'FIL-15': ['medium'],
      'EXE-12': ['medium'],
      'SEQ-07': ['critical'],
      'SEQ-11': ['critical'],
      'DMN-01': ['informational', 'medium'],
      'DMN-02': ['high'],
      'DMN-03': ['critical', 'high', 'informational', 'low', 'medium'],
      'DMN-04': ['medium'],
      'DMN-05': ['high', 'medium'],
      'DMN-06': ['informational', 'medium'],
      'DMN-07': ['critical', 'informational', 'medium'],
      'DMN-08': ['high'],
      'API-03': ['critical', 'high'],
      'API-10': ['high'],
      'API-13': ['high'],
      'API-18': ['high'],
      'MON-02': ['critical', 'medium'],
      'MON-03': ['high'],
      'MON-04': ['high', 'informational'],
      'CRD-01': ['high'],
      'CRD-02': ['medium'],
      'CRD-03': ['medium'],
      'CRD-04': ['high'],
      'CRD-06': ['high'],
      'CRD-07': ['medium'],
      'CRD-09': ['critical'],
      'SEQ-08': ['critical'],
      'SEQ-12': ['critical'],
      'DSC-06': ['medium'],
      'NET-02': ['medium'],
      'NET-05': ['medium'],
      'NET-06': ['high'],
      'NET-07': ['high'],
      'NET-08': ['high'],
      'NET-10': ['medium'],
      'NET-15': ['high'],
      'IMP-02': ['high', 'medium'],
      'IMP-03': ['high'],
      'IMP-06': ['medium'],
      'IMP-07': ['medium'],
      'IMP-08': ['high'],
      'EVA-01': ['high', 'low'],
      'EVA-05': ['high'],
      'EVA-06': ['medium'],
      'EVA-08': ['medium'],
      'EVA-09': ['high'],
      'EVA-10': ['low'],
      'API-14': ['high'],
      'ESC-02': ['high', 'medium'],
      'ESC-05': ['high'],
      'ESC-16': ['critical'],
      'ESC-20': ['critical'],
      'ESC-37': ['high'],
      'SEQ-01': ['critical'],
      'EXE-06': ['critical'],
      'EXE-07': ['medium'],
      'EXE-09': ['high', 'medium'],
      'EXE-11': ['high'],
      'ESC-01': ['critical'],
      'ESC-03': ['critical'],
      'ESC-04': ['critical'],
      'ESC-06': ['high'],
      'ESC-22': ['high'],
      'ESC-10': ['critical'],
      'ESC-11': ['critical'],
      'ESC-12': ['high'],
      'ESC-13': ['high'],
      'ESC-14': ['critical'],
      'ESC-17': ['high'],
      'ESC-23': ['high'],
      'ESC-26': ['medium'],
      'ESC-30': ['critical'],
      'ESC-32': ['critical'],
      'ESC-33': ['low'],
      'ESC-35': ['high'],
      'ESC-39': ['high'],
      'ESC-41': ['high'],
      'ESC-43': ['critical'],
      'CRD-08': ['medium'],
      'CRD-11': ['high'],
      'DSC-01': ['low'],
      'DSC-02': ['low'],
      'DSC-03': ['high'],
      'DSC-04': ['medium'],
      'DSC-05': ['medium'],
      'NET-01': ['critical'],
      'NET-03': ['high'],
      'NET-04': ['high'],
      'NET-09': ['medium'],
      'NET-11': ['high'],
      'NET-12': ['high'],
      'NET-13': ['high', 'medium'],
      'NET-16': ['high'],
      'NET-17': ['high'],
      'NET-18': ['medium'],
      'FIL-01': ['critical'],
      'FIL-02': ['high'],
      'FIL-03': ['high'],
      'FIL-04': ['medium'],
      'FIL-05': ['medium'],
      'FIL-06': ['high'],
      'FIL-07': ['medium'],
      'FIL-08': ['high'],
      'FIL-09': ['medium'],
      'FIL-11': ['high'],
      'FIL-12': ['high'],
      'FIL-13': ['high'],
      'FIL-14': ['high'],
      'FIL-16': ['low'],
      'FIL-17': ['high'],
      'IMP-01': ['critical'],
      'IMP-04': ['high'],
      'IMP-05': ['high'],
      'IMP-09': ['medium'],
      'EVA-02': ['high'],
      'EVA-07': ['medium'],
      'MNT-04': ['high'],
      'SEQ-04': ['critical'],
      'SEQ-05': ['critical'],
      'SEQ-06': ['critical'],
      'SEQ-09': ['critical'],
      'SEQ-10': ['critical'],
      'MON-01': ['high', 'low'],
    });
  });

  test('what is so is a condition, what was done is an event', () => {
    const isCondition = /^(CFG|MNT|EVA)/;
    for (const { rule } of documents) {
      const isSnapshot =
        rule.logsource.category === 'container_configuration' ||
        (rule.logsource.category === 'daemon' && rule.fields.includes('snapshot.object'));
      // Rows of what somebody did, seen at the snapshot that follows.
      const stays = isSnapshot && !rule.catalogue.some((row) => /^(API-0[29]|EXE-12|SEQ-\d\d)$/.test(row));
      expect([rule.title, rule.nature]).toEqual([rule.title, stays ? 'condition' : 'event']);
      // Of these families some rows are no configuration: mounts that were made, names that were given.
      if (rule.logsource.category === 'container_configuration' && rule.catalogue.some((row) => isCondition.test(row)))
        expect(rule.nature).toBe('condition');
    }
  });

  test('of the documents of one row, at most one matches anything', () => {
    const everySample = documents.flatMap((document) => {
      const { samples } = document.attributes;
      const lists = isRecord(samples) ? [samples.match, samples.ignore] : [];
      return lists
        .flatMap((list) => (Array.isArray(list) ? list.filter(isRecord) : []))
        .map((s) => completeSample(document.rule, s));
    });
    const { match } = compileRules(documents.map(({ rule }) => rule));
    for (const sample of everySample) {
      const rows = match(sample).flatMap(({ rule }) => rule.catalogue);
      expect(rows).toEqual([...new Set(rows)]);
    }
  });

  test('a rule about a container speaks of the container alone, one about a mount of mounts', () => {
    for (const { rule } of documents) {
      if (rule.logsource.category !== 'container_configuration') continue;
      const object = rule.fields.find((field) => /^(mount|device|port|namespace_join)\./.test(field));
      expect([rule.title, rule.fields.includes('snapshot.object')]).toEqual([rule.title, object === undefined]);
    }
  });

  describe.each(
    [...documents, ...sequences].map((document) => ({
      title: `${document.rule.catalogue.join()} ${document.rule.title} (${document.rule.level})`,
      document,
    })),
  )('$title', ({ document }) => {
    const results = runSamples(
      [document],
      all.map(({ rule }) => rule),
    );

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

import { describe, expect, test } from 'vitest';
import { features } from '../../../analyzer/baselines/features/index.ts';
import { coverageOf } from '../../../analyzer/catalogue/coverage.ts';
import { loadCatalogue } from '../../../analyzer/catalogue/load.ts';
import { catalogueRows } from '../../../analyzer/catalogue/rows.ts';
import { compileRules } from '../../../analyzer/sigma/compile.ts';
import { parseRuleFile } from '../../../analyzer/sigma/language/document.ts';
import { loadRules } from '../../../analyzer/sigma/load.ts';

const rows = await loadCatalogue();
const shipped = await loadRules({ directories: [] });
const told = [...shipped.rules, ...shipped.correlations.map(({ correlation }) => correlation)].filter(
  ({ id }) => !shipped.silent.has(id),
);

describe('the catalogue', () => {
  test('has each row once', () => {
    const ids = rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id.startsWith('SEQ-'))).toHaveLength(12);
    expect(ids).toHaveLength(221 + 12);
  });

  test('knows every row that a shipped rule names, and every level of it', () => {
    const levels = new Map(rows.map(({ id, severity }) => [id, severity]));
    const strange = told.flatMap(({ catalogue, level, title }) =>
      catalogue.filter((row) => levels.get(row)?.includes(level) !== true).map((row) => `${row} ${level}: ${title}`),
    );
    expect(strange).toEqual([]);
  });

  test('every row that is covered in part says what is missed', () => {
    const documents = [...shipped.rules, ...shipped.correlations.map(({ correlation }) => correlation)];
    const coverage = coverageOf(rows, { documents, silent: shipped.silent, features });
    const quiet = coverage.filter(({ covered, misses }) => covered === 'part' && misses.length === 0);
    expect(
      quiet.map(({ row }) => row.id),
      'give one of its rules the attribute `misses`',
    ).toEqual([]);
  });
});

const rule = (title: string, more: string, row = 'CRD-01'): string =>
  `title: ${title}
id: ${title.toLowerCase()}
logsource: { product: docker, category: connection }
detection: { sel: { destination.port: 1 }, condition: sel }
catalogue: [${row}]
${more}
`;
const all = [
  rule('Seen', 'tier: procfs\nmisses: short ones'),
  rule('Deep', 'tier: kernel', 'NET-01'),
  rule('Half', 'tier: kernel\nmisses: a level of it', 'NET-09'),
  rule('Feeds', 'tier: engine', 'NET-02'),
  `title: Many
id: many
correlation: { type: event_count, rules: [feeds], timespan: 1m, group-by: [host.id], condition: { gte: 2 } }
catalogue: [NET-02]
tier: engine
`,
].join('---\n');

describe('coverage', () => {
  const { documents, problems } = parseRuleFile(all, 'mine.yml');
  const set = compileRules(documents.map((one) => one.rule));
  const some = catalogueRows([
    { id: 'CRD-01', name: 'One', severity: ['high'], tier: 'procfs', full: 'kernel' },
    { id: 'NET-01', name: 'Two', severity: ['high'], tier: 'procfs', full: 'kernel' },
    { id: 'NET-02', name: 'Three', severity: ['high'], tier: 'engine' },
    { id: 'NET-09', name: 'Half', severity: ['high'], tier: 'engine' },
    { id: 'NET-14', name: 'Four', severity: ['low'], tier: 'procfs', full: 'kernel' },
    { id: 'NET-08', name: 'Five', severity: ['high'], tier: 'kernel' },
  ]);
  const coverage = coverageOf(some, { documents: documents.map((one) => one.rule), silent: set.silent, features });

  test('is full, in part or none by the deepest tier of what finds a row, and by what it says that it misses', () => {
    expect([...problems, ...set.problems].filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(coverage.map(({ row, covered }) => `${row.id} ${covered}`)).toEqual([
      'CRD-01 part',
      'NET-01 full',
      'NET-02 full',
      'NET-09 part',
      'NET-14 part',
      'NET-08 no',
    ]);
  });

  test('what is missed is the word of the rule, and only where something is', () => {
    expect(coverage.map(({ misses }) => misses.length)).toEqual([1, 0, 0, 1, 3, 0]);
    expect(coverage[0]?.misses).toEqual(['short ones']);
  });

  test('a rule that only feeds a sequence covers nothing; the sequence looks at what its rules look at', () => {
    expect(coverage[2]?.by.filter(({ kind }) => kind === 'sequence')).toEqual([
      { title: 'Many', kind: 'sequence', tier: 'engine', kinds: ['connection'], fields: ['destination.port'] },
    ]);
  });

  test.each([
    [{ id: 'CFG-1', name: 'x', severity: [], tier: 'engine' }],
    [{ id: 'CFG-01', name: 'x', severity: ['bad'], tier: 'engine' }],
    [{ id: 'CFG-01', name: 'x', severity: [], tier: 'engine', ful: 'kernel' }],
  ])('a row that is wrong is refused: %j', (row) => {
    expect(() => catalogueRows([row])).toThrow();
  });
});

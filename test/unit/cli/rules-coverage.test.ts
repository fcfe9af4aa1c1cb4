import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadRules } from '../../../analyzer/sigma/load.ts';
import { countsText, coverageMarkdown, familiesMarkdown } from '../../../cli/coverage-text.ts';
import { coverageBy } from '../../../cli/rules-coverage.ts';
import { runMoorwatch } from '../../support/cli/run.ts';

const run = (...args: readonly string[]) => runMoorwatch(['--config', '/dev/null', 'rules', 'coverage', ...args]);

test('docs/coverage.md is what the shipped rules cover', async () => {
  const page = coverageMarkdown(await coverageBy(await loadRules({ directories: [] })));
  expect(readFileSync('docs/coverage.md', 'utf8'), 'run `npm run docs:coverage`').toBe(`${page}\n`);
});

test('the README says what docs/coverage.md says', async () => {
  const coverage = await coverageBy(await loadRules({ directories: [] }));
  const said = /<!-- coverage -->\n([\s\S]*?)\n<!-- \/coverage -->/.exec(readFileSync('README.md', 'utf8'))?.[1];
  // The formatter aligns tables.
  const plain = (text = ''): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
  expect(plain(said), 'take both from the head of docs/coverage.md').toBe(
    `${countsText(coverage)}.\n\n${familiesMarkdown(coverage)}`,
  );
});

test('a line for each row: tier, name, what finds it, what is missed', async () => {
  const { code, out, err } = await run();
  expect(code).toBe(0);
  expect(out).toMatch(/^ROW +TIER +NAME +COVERED BY +MISSED$/m);
  expect(out).toMatch(/^CFG-01 +engine +Privileged container +Privileged container +-$/m);
  expect(out).toMatch(/^CFG-05 +engine +CAP_SYS_PTRACE +CAP_SYS_PTRACE added and 1 more +-$/m);
  expect(out).toMatch(/^CRD-01 +procfs +Cloud metadata contact +.* +without the kernel tier: \S/m);
  expect(out).toMatch(/^NET-14 +procfs kernel +.*\(baseline\) and 2 more +connections that live shorter \S/m);
  expect(out).toMatch(/^NET-08 +kernel +DNS tunnelling +Data carried by questions to the DNS \(sequence\) +\S/m);
  expect(out).toMatch(/^CRD-05 +- +Environment of other processes +kernel tier +all of it$/m);
  expect(err).toMatch(
    /233 rows: \d+ covered, \d+ in part, \d+ by other rows, \d+ that only the kernel tier shows, \d+ not covered/,
  );
});

test('as JSON: one object a row', async () => {
  const { out } = await run('--json');
  const rows = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { row: { id: string }; covered: string; by: { kinds: string[] }[] });
  expect(rows).toHaveLength(233);
  expect(rows.find(({ row }) => row.id === 'CRD-01')).toMatchObject({
    covered: 'part',
    tiers: ['procfs'],
    by: [{ kind: 'rule', kinds: ['connection'] }],
  });
});

test('one or the other', async () => {
  const { code, err } = await run('--json', '--markdown');
  expect(code).not.toBe(0);
  expect(err).toMatch(/cannot be used with/);
});

import { type Cover, depthOf, type RowCoverage } from '../analyzer/catalogue/coverage.ts';

/** Cells of a row for people: row, tiers, name, what finds it, what is missed. */
export function coverageCells(coverage: RowCoverage): readonly string[] {
  const { row, tiers } = coverage;
  return [row.id, tiers.join(' ') || '-', row.name, coversText(coverage), missedText(coverage)];
}

/** Titles, each once, with how many of one file-like title there are: several levels of a row are several rules. */
function coversText({ row, covered, by }: RowCoverage): string {
  if (covered !== 'no') {
    const [first = '', ...more] = [...new Set(by.map(titleOf))];
    return more.length === 0 ? first : `${first} and ${more.length} more`;
  }
  if (row.note !== undefined) return `nothing: ${row.note}`;
  return row.tier === 'kernel' ? 'kernel tier' : 'not covered';
}

const titleOf = ({ title, kind }: Cover): string => (kind === 'rule' ? title : `${title} (${kind})`);

function missedText({ row, covered, misses, tiers }: RowCoverage): string {
  if (covered !== 'part') return covered === 'full' || row.note !== undefined ? '-' : 'all of it';
  const missed = misses.join('; ') || 'part of it';
  const isShallower = Math.max(...tiers.map(depthOf)) < depthOf(row.full);
  return isShallower ? `without the ${row.full} tier: ${missed}` : missed;
}

/** How many rows are covered, and how. */
export function countsText(coverage: readonly RowCoverage[]): string {
  const { full, part, other, kernel, no } = countsOf(coverage);
  return `${coverage.length} rows: ${full} covered, ${part} in part, ${other} by other rows, ${kernel} that only the kernel tier shows, ${no} not covered`;
}

function countsOf(coverage: readonly RowCoverage[]) {
  const found = coverage.filter(({ row }) => row.note === undefined);
  const count = (covered: RowCoverage['covered']): number => found.filter((one) => one.covered === covered).length;
  const kernel = found.filter(({ row, covered }) => covered === 'no' && row.tier === 'kernel').length;
  const other = coverage.length - found.length;
  return { full: count('full'), part: count('part'), other, kernel, no: count('no') - kernel };
}

const families: Readonly<Record<string, string>> = {
  CFG: 'Configuration when created',
  MNT: 'Mounts and volumes',
  EXE: 'Execs',
  ESC: 'Escapes from within',
  API: 'The engine’s API',
  IMG: 'Images',
  CRD: 'Credentials',
  DSC: 'Discovery',
  NET: 'Network',
  FIL: 'Files',
  IMP: 'Impact',
  EVA: 'Evasion',
  DMN: 'The daemon',
  MON: 'The monitor itself',
  SEQ: 'Sequences',
};

/** A line for each family: how many rows, and how many of them are found. Of a row with a note no rule speaks: the note says what does. */
export function familiesMarkdown(coverage: readonly RowCoverage[]): string {
  const lines = Object.entries(families).map(([family, name]) => {
    const rows = coverage.filter(({ row }) => row.id.startsWith(`${family}-`));
    const { full, part, other, kernel, no } = countsOf(rows);
    return tableLine([name, family, ...[rows.length, full, part, other, kernel, no].map(String)]);
  });
  const head = ['Family', 'Rows', 'In all', 'Covered', 'In part', 'By other rows', 'Kernel tier only', 'Not covered'];
  return [tableLine(head), tableLine(head.map(() => '---')), ...lines].join('\n');
}

/** The page docs/coverage.md: a table for each family. */
export function coverageMarkdown(coverage: readonly RowCoverage[]): string {
  const blocks = Object.entries(families).map(([family, name]) => {
    const rows = coverage.filter(({ row }) => row.id.startsWith(`${family}-`));
    const lines = rows.map((one) => tableLine([...coverageCells(one).slice(0, 3), ...levelAnd(one)]));
    return [`## ${name}`, '', tableLine(header), tableLine(header.map(() => '---')), ...lines].join('\n');
  });
  return [head, `${countsText(coverage)}.`, familiesMarkdown(coverage), ...blocks].join('\n\n');
}

const head = `# What is covered

The rows of the detection catalogue (\`analyzer/catalogue/rows.yml\`), and what finds each of them: the shipped rules and sequences, and the
baselines. Made by \`npm run docs:coverage\`; \`moorwatch rules coverage\` prints the same for the rules in use, \`moorwatch coverage\` says what
can be seen of the containers that run now.

- **Tier**: from where it is found. \`engine\` is the engine's API, \`procfs\` the host's /proc. The \`kernel\` tier is optional,
  and its one sensor sees which names are asked for.
- **Missed**: what is not seen; where it says so, the next tier would show it. A row of which nothing can be seen without it is called _kernel tier_.`;

const header = ['Row', 'Tier', 'Name', 'Severity', 'Covered by', 'Missed'];
const levelAnd = (one: RowCoverage): readonly string[] => [
  one.row.severity.join(', ') || '-',
  ...coverageCells(one).slice(3),
];
const tableLine = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replace(/[<>*]/g, (special) => `\\${special}`)).join(' | ')} |`;

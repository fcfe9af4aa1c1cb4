import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { linkRules } from '../../../analyzer/sigma/compile.ts';
import { createCorrelator } from '../../../analyzer/sigma/correlation/correlator.ts';
import { createMemoryStore } from '../../../analyzer/sigma/correlation/memory-store.ts';
import { createEvaluator } from '../../../analyzer/sigma/evaluate.ts';
import { parseRuleFile } from '../../../analyzer/sigma/language/document.ts';
import { parsePlaceholders } from '../../../analyzer/sigma/language/placeholders-file.ts';
import { runSamples } from '../../../analyzer/sigma/samples.ts';
import { packagePath } from '../../../shared/package-root.ts';
import { runRules } from '../../support/cli/run.ts';

const page = await readFile(packagePath('docs/signatures.md'), 'utf8');
/** What stands in the block behind a piece of text. */
const blockAfter = (text: string): string => /```\w*\n([\s\S]*?)```/.exec(page.slice(page.indexOf(text)))?.[1] ?? '';
/** What a command of the page prints there. */
const printed = (command: string): string => blockOf(command).split('\n').slice(1).join('\n');
const blockOf = (command: string): string =>
  [...page.matchAll(/```console\n([\s\S]*?)```/g)]
    .map(([, block = '']) => block)
    .find((block) => block.includes(command)) ?? '';

const outcome = (yaml: string, among: string = yaml) =>
  runSamples(
    parseRuleFile(yaml, 'docs/signatures.md').documents,
    parseRuleFile(among, 'docs/signatures.md').documents.map(({ rule }) => rule),
  ).map(({ expected, matched }) => [expected, matched]);

test('the example of a rule loads and its samples are right', () => {
  const example = blockAfter('## Write one');
  expect(parseRuleFile(example, 'docs/signatures.md').problems).toEqual([]);
  expect(outcome(example)).toEqual([
    [true, true],
    [false, false],
  ]);
});

test('the sequence and its samples', () => {
  const [sequence = '', rule = ''] = blockAfter('within which time.').split('---\n');
  const samples = blockAfter('it is that of the event before.');
  expect(samples).toContain('five within a minute');
  // An exec that starts is what the rule is about, and what a sample is if it does not say otherwise.
  expect(outcome([sequence + samples, rule].join('---\n'))).toEqual([
    [true, true],
    [false, false],
  ]);
});

test('the filter and its samples', () => {
  const [, rule = ''] = blockAfter('within which time.').split('---\n');
  const filter = blockAfter('An exclusion therefore says `not`:');
  const { documents } = parseRuleFile([filter, rule].join('---\n'), 'docs/signatures.md');
  expect(linkRules(documents.map((one) => one.rule)).problems).toEqual([]);
  expect(outcome(filter)).toEqual([
    [true, true],
    [false, false],
  ]);
});

describe('rules over a file of events', () => {
  const files = ['login.yml', 'values.yml', 'events.ndjson'].map((name) => [name, blockAfter(`\`${name}\`:`)] as const);
  const [login, values, events] = files.map(([, text]) => text);
  const directory = mkdtempSync(join(tmpdir(), 'signatures-doc-'));
  for (const [name, text] of files) writeFileSync(join(directory, name), text);
  const config = join(directory, 'moorwatch.yml');
  writeFileSync(config, `rules: { placeholders: ${join(directory, 'values.yml')} }\n`);
  afterAll(() => rmSync(directory, { recursive: true }));
  const at = (name: string): string => join(directory, name);
  const run = async (...args: readonly string[]) => {
    const { out } = await runRules('--config', config, ...args);
    return out.replaceAll(`${directory}/`, '');
  };

  test('eval', () => {
    const placeholders = parsePlaceholders(values ?? '', 'values.yml').values;
    const { documents, problems } = parseRuleFile(login ?? '', 'login.yml', { placeholders });
    const linked = linkRules(documents.map(({ rule }) => rule));
    expect([...problems, ...linked.problems]).toEqual([]);
    const evaluator = createEvaluator(linked, {
      logsource: undefined,
      timeField: 'time',
      correlator: createCorrelator(linked.correlations, createMemoryStore()),
      onProblem: (line, message) => expect.unreachable(`${line}: ${message}`),
    });
    const output = evaluator.feed(Buffer.from(events ?? '')) + evaluator.end();
    expect(output).toContain('many_refused');
    expect(output).toBe(printed('rules eval'));
  });

  test('explain', async () => {
    writeFileSync(at('event.json'), (events ?? '').split('\n')[1] ?? '');
    const out = await run('explain', 'refused', at('event.json'), '--plain', '--rules', at('login.yml'));
    expect(out).toBe(printed('rules explain'));
  });

  test('stats', async () => {
    const out = await run('stats', at('login.yml'), '--plain', '--events', at('events.ndjson'));
    // How many facts it takes is the engine's business.
    const withoutFacts = (text: string): string => text.replace(/\d+ facts/, 'some facts');
    expect(withoutFacts(out)).toBe(withoutFacts(printed('rules stats')));
  });
});

import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseRuleFile } from '../../../analyzer/sigma/language/document.ts';
import { runSamples } from '../../../analyzer/sigma/samples.ts';
import { packagePath } from '../../../shared/package-root.ts';

test('the example of the documentation loads and its samples are right', async () => {
  const page = await readFile(packagePath('docs/signatures.md'), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const { documents, problems } = parseRuleFile(example, 'docs/signatures.md');
  expect(problems).toEqual([]);
  expect(runSamples(documents).map(({ expected, matched }) => [expected, matched])).toEqual([
    [true, true],
    [false, false],
  ]);
});

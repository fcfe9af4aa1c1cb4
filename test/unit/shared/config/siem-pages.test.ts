import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configSchema } from '../../../../shared/config/schema.ts';
import { yamlSource } from '../../../../shared/config/yaml-source.ts';

const directory = 'docs/siem';
const blocks = readdirSync(directory).flatMap((page) => {
  const text = readFileSync(join(directory, page), 'utf8');
  const ours = [...text.matchAll(/^```yaml\n(sinks:\n[\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return ours.length === 0 ? [[page, ''] as const] : ours.map((block) => [page, block] as const);
});

test.each(blocks)('the configuration in docs/siem/%s is accepted', (page, block) => {
  expect(block, 'a page has a configuration of its sink').not.toBe('');
  const source = yamlSource(block, page);
  expect(source.problems).toEqual([]);
  expect(Object.keys(configSchema.parse(source.values).sinks)).not.toHaveLength(0);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { acceleratedBaselines } from '../../../../cli/demo/settings.ts';
import { configSchema } from '../../../../shared/config/schema.ts';

const docs = readFileSync(join(import.meta.dirname, '../../../../docs/baselines.md'), 'utf8');
const documented = /## In a hurry\n[\s\S]*?```yaml\n([\s\S]*?)```/.exec(docs)?.[1] ?? '';

test('the accelerated settings are those of the documentation, and a configuration', () => {
  expect(parse(documented)).toEqual({ baselines: acceleratedBaselines });
  expect(configSchema.parse({ baselines: acceleratedBaselines }).baselines).toMatchObject(acceleratedBaselines);
});

test('each of them learns faster than what a host is watched with', () => {
  const usual = configSchema.parse({}).baselines;
  const { mediumPerWeek, newProbability, ...lower } = acceleratedBaselines;
  for (const [key, value] of Object.entries(lower)) expect(value, key).toBeLessThan(usual[key as keyof typeof lower]);
  expect(newProbability).toBeGreaterThan(usual.newProbability);
  expect(mediumPerWeek).toBeGreaterThan(usual.mediumPerWeek);
});

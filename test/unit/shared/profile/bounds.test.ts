import { describe, expect, it } from 'vitest';
import type { ItemView } from '../../../../shared/baseline-view.ts';
import { beyondBounds } from '../../../../shared/config/yaml-bounds.ts';
import { UserError } from '../../../../shared/errors.ts';
import { mostItems } from '../../../../shared/profile/profile.ts';
import { profileBounds, readProfile } from '../../../../shared/profile/read.ts';
import { profileText } from '../../../../shared/profile/text.ts';

const head = 'moorwatch-profile: 1\n';
const most = { entries: 4, tokens: 40, aliases: 1, depth: 4 };

/** What is told of a text first. */
function refused(text: string): string | undefined {
  try {
    readProfile(text, 'p.yml');
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n  ')[1];
    throw error;
  }
  return undefined;
}

describe('bounds of a file', () => {
  it.each([
    ['a: 1\nb: 2\nc: [1, 2]\n', undefined],
    ['a: 1\nb: 2\nc: [1, 2, 3]\n', 'a: 1\nb: 2\nc: [1, 2'],
    ['- 1\n- 2\n- 3\n- 4\n- 5\n', '- 1\n- 2\n- 3\n- 4\n'],
    ['- &a 1\n- *a\n', undefined],
    ['- &a 1\n- *a\n- *a\n', '- &a 1\n- *a\n- '],
    ['a: |\n *a: [,,,,,,] "\\q"\n', undefined],
    ['- "*a *a [[[[["\n', undefined],
    ['a:\n  b:\n   c: 1\n', undefined],
    ['a:\n  b:\n    c: 1\n', 'a:\n  b:\n    c'],
    ['[[[[ 1 ]]]]\n', undefined],
    ['[[[[[ 1 ]]]]]\n', '[[[['],
    ['- - - - - 1\n', '- - - - '],
    ['a: b: c: d: e: f\n', 'a: b: c: d: e'],
    ['[1] ]\n', '[1] '],
    ['a: "\\t \\x41 \\u0041 \\U0001f433 \\\\q"\n', undefined],
    ['a: "\\\\ \\q"\n', 'a: "\\\\ '],
    ['a: "\\xg0"\n', 'a: "'],
    ['#\n'.repeat(20), undefined],
    ['#\n'.repeat(21), '#\n'.repeat(20)],
  ])('%j is too much after %j', (text, before) => {
    expect(beyondBounds(text, most)?.offset).toBe(before?.length);
  });
});

describe('a profile of somebody who wants it to be read for long', () => {
  it('with very many keys takes no longer for each of them', () => {
    const keys = Array.from({ length: 30_000 }, (_, n) => `k${n}: 1\n`);
    expect(refused(head + keys.join(''))).toBe(
      'p.yml:1:1: workload: missing (must be a section with settings of its own)',
    );
  }, 20_000);

  it.each([
    ['aliases', `x: &a 1\ny: [${'*a, '.repeat(20_000)}]\n`, 'p.yml:3:5: there may be no aliases here'],
    ['brackets', '['.repeat(30_000), 'p.yml:2:101: nothing may stand deeper than 100 levels here'],
    ['dashes', '- '.repeat(30_000), 'p.yml:2:201: nothing may stand deeper than 100 levels here'],
    ['mistakes', `x: "${'\\q'.repeat(500_000)}"`, 'p.yml:2:5: \\q is no escape of YAML'],
    ['ends', ']'.repeat(500_000), 'p.yml:2:1: nothing is open that ] could close'],
    [
      'entries',
      `x: [${','.repeat(400_000)}]`,
      'p.yml:2:300003: there may be at most 300000 keys and entries of lists in all',
    ],
    [
      'lines',
      '#\n'.repeat(1_000_000),
      'p.yml:999998:1: there may be at most 2000000 names, values, signs, spaces and comments in all',
    ],
  ])('with very many %s is refused before it is built', (_what, text, told) => {
    expect(refused(head + text)).toBe(told);
  });
});

it('the largest that an export can be is within the bounds', () => {
  const phase = { state: 'steady', since: 1.7e12, sightings: 9, newProbability: 0.01, missing: [] } as const;
  const items = Array.from(
    { length: mostItems },
    (_, n): ItemView => ({
      key: n.toString(16).padStart(32, '0'),
      text: `/usr/bin/program ${n}`,
      example: 'x',
      members: 9,
      as: 'learned',
      phases: ['steady'],
      known: ['startup', 'steady'],
      count: 3,
      first: 1.7e12,
      last: 1.71e12,
    }),
  );
  const text = profileText([
    {
      host: { id: 'h', name: 'anchor' },
      workload: { id: 'w', name: 'web' },
      feature: 'a-feature',
      state: 'steady',
      mode: 'learn',
      missing: [],
      seen: 1,
      versions: [],
      items,
      phases: { startup: { phase: 'startup', ...phase }, steady: { phase: 'steady', ...phase } },
    },
  ]);
  const { entries, tokens, ...rest } = profileBounds;
  const features = 22;
  expect(beyondBounds(text, { ...rest, entries: entries / features, tokens: tokens / features })).toBeUndefined();
  expect(readProfile(text, 'p.yml').features[0]?.items).toHaveLength(mostItems);
});

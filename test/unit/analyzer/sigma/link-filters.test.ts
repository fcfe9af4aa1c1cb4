import { describe, expect, it } from 'vitest';
import { linkRules } from '../../../../analyzer/sigma/compile.ts';
import { countOf, documentsOf, execRule, joined } from './documents.ts';

const hide = (rules: string): string => `title: hide
id: hide
logsource: { category: exec }
filter:
  rules: ${rules}
  ours:
    exec.user: backup
  condition: not ours
`;
const blinding = 'catalogue: [MON-03]\n';

function linkOf(...documents: readonly string[]) {
  const linked = linkRules(documentsOf(joined(...documents)));
  return {
    hidden: [...linked.links.keys()].map(({ id }) => id),
    kept: [...linked.neverHidden.values()].flat().map(({ id }) => id),
    problems: linked.problems.map(({ severity, message }) => `${severity}: ${message}`),
  };
}

describe('a filter over a rule that feeds a sequence', () => {
  it('hides it where the sequence may be hidden', () => {
    expect(linkOf(execRule('stop'), countOf('many', 'stop'), hide('[stop]'))).toEqual({
      hidden: ['id-stop'],
      kept: [],
      problems: [],
    });
  });

  it('does not apply to it where the sequence is never hidden, and says which', () => {
    const message = 'warning: id-stop feeds id-many (MON-03), which is never hidden; the filter does not apply to it';
    for (const rules of ['[stop]', '[id-stop]'])
      expect(linkOf(execRule('stop'), countOf('many', 'stop', blinding), hide(rules))).toEqual({
        hidden: [],
        kept: ['id-stop'],
        problems: [message],
      });
    expect(linkOf(execRule('stop'), execRule('go'), countOf('many', 'stop', blinding), hide('any'))).toEqual({
      hidden: ['id-go'],
      kept: ['id-stop'],
      problems: [message],
    });
  });

  it('does not apply to it through sequences of sequences', () => {
    const outer = countOf('outer', 'inner', 'catalogue: [ESC-02]\nlevel: critical\n');
    const { hidden, kept, problems } = linkOf(outer, countOf('inner', 'stop'), execRule('stop'), hide('[stop]'));
    expect({ hidden, kept }).toEqual({ hidden: [], kept: ['id-stop'] });
    expect(problems).toEqual([
      'warning: id-stop feeds id-outer (ESC-02), which is never hidden; the filter does not apply to it',
    ]);
  });

  it('hides it when the sequence is refused and so tells nothing', () => {
    const { hidden } = linkOf(execRule('stop'), countOf('many', 'stop, nobody', blinding), hide('[stop]'));
    expect(hidden).toEqual(['id-stop']);
  });
});

describe('a filter over a row', () => {
  const row = (name: string, catalogue: string, level = 'high') =>
    `${execRule(name)}catalogue: [${catalogue}]\nlevel: ${level}\n`;

  it.each([
    ['NET-01', 'high', 'kept'],
    ['NET-011', 'high', 'hidden'],
    ['XNET-01', 'high', 'hidden'],
    ['NET-02', 'critical', 'hidden'],
    ['EXE-01', 'high', 'kept'],
    ['EXE-08', 'high', 'hidden'],
    ['EVA-3', 'high', 'kept'],
    ['EVA-03', 'high', 'kept'],
    ['EVA-X', 'high', 'hidden'],
    ['MON-12', 'low', 'kept'],
    ['MON-7', 'low', 'kept'],
    ['MON-X', 'low', 'hidden'],
    ['ESC-02', 'critical', 'kept'],
    ['ESC-02', 'high', 'hidden'],
    ['FIL-01, MON-03', 'low', 'kept'],
  ] as const)('%s of level %s is %s', (catalogue, level, expected) => {
    const isKept = expected === 'kept';
    const told = `warning: id-stop (${catalogue}) is never hidden; the filter does not apply to it`;
    expect(linkOf(row('stop', catalogue, level), hide('[stop]'))).toEqual({
      hidden: isKept ? [] : ['id-stop'],
      kept: isKept ? ['id-stop'] : [],
      problems: isKept ? [told] : [],
    });
  });

  it('says which rows a sequence has', () => {
    expect(
      linkOf(execRule('stop'), countOf('many', 'stop', 'catalogue: [FIL-01, MON-03]\n'), hide('[stop]')).problems,
    ).toEqual([
      'warning: id-stop feeds id-many (FIL-01, MON-03), which is never hidden; the filter does not apply to it',
    ]);
  });
});

describe('what a filter names', () => {
  it('is refused when there is none, with what may have been meant', () => {
    const nobody = (word: string) => linkOf(execRule('stop'), hide(`[${word}]`)).problems;
    expect(nobody('stpo')).toEqual(['error: there is no rule stpo; did you mean stop?']);
    expect(nobody('id-stpo')).toEqual(['error: there is no rule id-stpo; did you mean id-stop?']);
    expect(nobody('something')).toEqual(['error: there is no rule something']);
  });

  it('is not used at all when one is missing', () => {
    const linked = linkRules(documentsOf(joined(execRule('stop'), execRule('go'), hide('[stop, nobody]'))));
    expect([linked.links.size, linked.filters, linked.neverHidden.size]).toEqual([0, [], 0]);
  });

  it('has its place', () => {
    const linked = linkRules(documentsOf(joined(execRule('stop'), hide('[stop, nobody]'))));
    expect(linked.problems.map(({ file, line, column }) => [file, line, column])).toEqual([['r.yml', 14, 17]]);
  });

  it('is a detection rule of its log source', () => {
    expect(linkOf(execRule('stop'), countOf('many', 'stop'), hide('[many]')).problems).toEqual([
      'error: a filter is about detection rules; id-many is a correlation',
    ]);
    const network = hide('[stop]').replace('exec }', 'network }');
    expect(linkOf(execRule('stop'), network)).toEqual({
      hidden: [],
      kept: [],
      problems: ["warning: the filter's log source does not cover that of id-stop; it is not hidden"],
    });
    const everyone = network.replace('[stop]', 'any');
    expect(linkOf(execRule('stop'), countOf('many', 'stop'), everyone)).toEqual({ hidden: [], kept: [], problems: [] });
  });

  it.each([
    ['{ product: docker }', true],
    ['{ category: exec }', true],
    ['{ product: docker, category: exec }', true],
    ['{ product: linux, category: exec }', false],
    ['{ category: exec, service: audit }', false],
  ])('is covered by %s: %s', (logsource, isCovered) => {
    const filter = hide('any').replace('{ category: exec }', logsource);
    expect(linkOf(execRule('stop'), filter).hidden).toEqual(isCovered ? ['id-stop'] : []);
  });

  it('has every filter that is about it, and the filters that are used are told', () => {
    const second = hide('any').replaceAll('hide', 'second');
    const linked = linkRules(documentsOf(joined(execRule('stop'), hide('[stop]'), second)));
    expect([...linked.links.values()].map((links) => links.map(({ filter }) => filter.id))).toEqual([
      ['hide', 'second'],
    ]);
    expect(linked.filters.map(({ id }) => id)).toEqual(['hide', 'second']);
    expect(linked.neverHidden.size).toBe(0);
  });
});

describe('a filter that hides everything else', () => {
  const problemsWith = (condition: string) =>
    linkOf(execRule('stop'), hide('[stop]').replace('condition: not ours', `condition: ${condition}`)).problems;

  it.each(['not ours', 'ours or not ours', 'ours and not ours', 'not 1 of them', '[ours, not ours]'])(
    'is not one that says %s',
    (condition) => {
      expect(problemsWith(condition)).toEqual([]);
    },
  );

  it.each(['ours', 'ours or ours'])('is told: %s', (condition) => {
    expect(problemsWith(condition)).toEqual([
      'warning: the condition has no "not": everything that it does not match is hidden; an exclusion is written "not selection"',
    ]);
  });
});

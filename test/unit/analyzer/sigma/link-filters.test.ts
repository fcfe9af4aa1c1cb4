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

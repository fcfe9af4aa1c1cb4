import { expect } from 'vitest';
import { compileRules } from '../../../../analyzer/sigma/compile.ts';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import type { RuleDocument, RuleSet } from '../../../../analyzer/sigma/rule.ts';

/** The documents of a file that has nothing wrong in it. */
export function documentsOf(text: string, file = 'r.yml'): readonly RuleDocument[] {
  const { documents, problems } = parseRuleFile(text, file);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return documents.map(({ rule }) => rule);
}

export const ruleSetOf = (text: string): RuleSet => compileRules(documentsOf(text));

/** A rule in YAML that is true of every exec whose command has the word. */
export const execRule = (name: string, word = name): string => `title: ${name}
name: ${name}
id: id-${name}
logsource: { product: docker, category: exec }
detection:
  sel:
    exec.command|contains: ${word}
  condition: sel
`;

/** A sequence in YAML; `rest`: further members of the document. */
export const countOf = (name: string, rules: string, rest = ''): string => `title: ${name}
name: ${name}
id: id-${name}
correlation:
  type: event_count
  rules: [${rules}]
  timespan: 1m
  condition:
    gte: 2
${rest}`;

export const joined = (...documents: readonly string[]): string => documents.join('---\n');

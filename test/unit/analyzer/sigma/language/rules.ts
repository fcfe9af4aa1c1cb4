import { expect } from 'vitest';
import { createDetector } from '../../../../../analyzer/sigma/compile.ts';
import { observationFields } from '../../../../../analyzer/sigma/fields.ts';
import { parseRuleFile } from '../../../../../analyzer/sigma/language/document.ts';
import type { Rule, RuleProblem } from '../../../../../analyzer/sigma/rule.ts';
import type { Observation } from '../../../../../shared/observation.ts';

/** The rule language sees an observation as a tree of values; these tests give it any tree. */
export const event = (fields: Readonly<Record<string, unknown>>): Observation => fields as unknown as Observation;

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ');

/** A rule around a detection in YAML; the condition is `sel` unless the detection has one. */
export function ruleText(detection: string, { head = '' }: { readonly head?: string } = {}): string {
  const condition = /^condition:/m.test(detection) ? '' : '\n  condition: sel';
  return `title: Test\nlogsource:\n  category: exec\n${head}detection:\n${indented(detection)}${condition}\n`;
}

/** The one rule in the text, which must have no errors. */
export function compile(detection: string): Rule {
  const { documents, problems } = parseRuleFile(ruleText(detection), 'rule.yml');
  expect(problems).toEqual([]);
  const [document] = documents;
  if (document?.rule.kind !== 'rule') throw new Error('no rule');
  return document.rule;
}

export const isMatch = (detection: string, fields: Readonly<Record<string, unknown>>): boolean =>
  matchesAlone(compile(detection), event(fields));

/** Whether the rule is true of an event, whatever its log source. */
export const matchesAlone = (rule: Rule, observation: Observation): boolean =>
  createDetector({ rules: [rule], links: new Map() }, observationFields).match(observation).length > 0;

/** What is wrong with a rule of this detection. */
export function refusal(detection: string): string {
  const { documents, problems } = parseRuleFile(ruleText(detection), 'rule.yml');
  expect(documents).toEqual([]);
  return problems.map(({ message }) => message).join('\n');
}

/** `line:column message` of every problem. */
export const told = (problems: readonly RuleProblem[]): readonly string[] =>
  problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

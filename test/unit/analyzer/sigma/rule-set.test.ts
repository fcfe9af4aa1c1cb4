import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRules } from '../../../../analyzer/sigma/compile.ts';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import type { Rule } from '../../../../analyzer/sigma/rule.ts';
import { applies, logSourcesOf } from '../../../../analyzer/sigma/taxonomy.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { matchesAlone } from './language/rules.ts';

const words = fc.constantFrom('sh', 'curl', '/bin/sh', 'root', '4444');
const logsources = fc.constantFrom(
  '{product: docker}',
  '{product: docker, category: exec}',
  '{product: docker, category: connection}',
  '{product: linux, category: process_creation}',
  '{product: linux, category: network_connection}',
  '{category: exec}',
  '{product: linux, service: sshd}',
);
const items = fc
  .record({
    field: fc.constantFrom('exec.command', 'exec.user', 'CommandLine', 'DestinationPort', 'event.action'),
    modifier: fc.constantFrom('', '|contains', '|startswith', '|endswith', '|neq', '|contains|neq'),
    value: words,
  })
  .map(({ field, modifier, value }) => `${field}${modifier}: '${value}'`);

const rules = fc
  .array(
    fc.record({ logsource: logsources, detection: fc.tuple(items, items), condition: fc.constantFrom('a', 'b', 'c') }),
  )
  .map((all) =>
    all.map(({ logsource, detection: [first, second], condition }, index): Rule => {
      const of = { a: 'one and two', b: 'one or not two', c: 'not one' }[condition];
      const text = `title: '${index}'\nlogsource: ${logsource}\ndetection:\n  one:\n    ${first}\n  two:\n    ${second}\n  condition: ${of}`;
      const [document] = parseRuleFile(text, 'r.yml').documents;
      if (document?.rule.kind !== 'rule') throw new Error(text);
      return document.rule;
    }),
  );

const observations = fc
  .record({
    kind: fc.constantFrom('exec', 'connection', 'process', 'file', 'resources'),
    action: fc.constantFrom('exec_create', 'exec_start', 'connect'),
    exec: fc.option(fc.record({ command: words, user: words }), { nil: undefined }),
    direction: fc.constantFrom('egress', 'listen'),
    port: fc.constantFrom(22, 4444),
  })
  .map(({ kind, action, exec, direction, port }) => {
    const observation = { kind, event: { action }, exec, network: { direction }, destination: { port } };
    return observation as unknown as Observation;
  });

test('a set of rules finds what each rule finds alone', () => {
  fc.assert(
    fc.property(rules, fc.array(observations, { minLength: 1 }), (all, observed) => {
      const set = compileRules(all);
      for (const observation of observed) {
        const alone = all.filter(
          (rule) =>
            logSourcesOf(observation).some((source) => applies(rule.logsource, source)) &&
            matchesAlone(rule, observation),
        );
        expect(set.match(observation).map(({ rule }) => rule.title)).toEqual(alone.map(({ title }) => title));
      }
    }),
  );
});

import { describe, expect, test } from 'vitest';
import { compileRules } from '../../../../analyzer/sigma/compile.ts';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import type { Rule } from '../../../../analyzer/sigma/rule.ts';
import { event } from './language/rules.ts';

interface Parts {
  readonly logsource: string;
  readonly detection?: string;
  readonly id?: string;
  readonly file?: string;
}

function rule({ logsource, detection = 'sel: { event.action: "*" }', id = '', file = 'rule.yml' }: Parts): Rule {
  const text = `title: T\n${id && `id: ${id}\n`}logsource: { ${logsource} }\ndetection:\n  ${detection}\n  condition: sel\n`;
  const [document] = parseRuleFile(text, file).documents;
  if (document?.rule.kind !== 'rule') throw new Error(`not a rule: ${text}`);
  return document.rule;
}

const exec = event({
  kind: 'exec',
  event: { action: 'exec_start' },
  host: { name: 'h' },
  exec: { args: ['curl', '-k'], command: 'curl -k', user: '0', uid: 0 },
  process: { args: ['curl', '-k'], command_line: 'curl -k', name: 'curl', user: { id: 0, name: '0' } },
});
const connection = event({
  kind: 'connection',
  event: { action: 'connect' },
  network: { direction: 'egress', transport: 'tcp' },
  destination: { ip: '192.0.2.1', port: 443, domain: 'x.example' },
  process: { executable: ['/bin/busybox', '/usr/bin/wget'] },
});
const listener = event({ kind: 'connection', event: { action: 'listen' }, network: { direction: 'listen' } });
const died = event({ kind: 'exec', event: { action: 'exec_die' }, exec: { args: ['curl'], command: 'curl' } });
const written = event({ kind: 'file', event: { action: 'added' }, file: { path: '/etc/crontab' } });
const deleted = event({ kind: 'file', event: { action: 'deleted' }, file: { path: '/etc/crontab' } });

const isRouted = (logsource: string, observation: typeof exec) =>
  compileRules([rule({ logsource })]).match(observation).length > 0;

describe('log sources', () => {
  test.each([
    ['product: docker', exec, true],
    ['product: docker, category: exec', exec, true],
    ['category: exec', exec, true],
    ['product: docker, category: connection', exec, false],
    ['product: linux, category: process_creation', exec, true],
    ['category: process_creation', exec, true],
    ['product: linux', exec, true],
    ['product: windows, category: process_creation', exec, false],
    ['product: linux, service: auditd', exec, false],
    ['product: linux, category: process_creation', died, false],
    ['product: docker, category: exec', died, true],
    ['product: linux, category: network_connection', connection, true],
    ['product: linux, category: network_connection', listener, false],
    ['product: docker, category: connection', listener, true],
    ['product: linux, category: file_event', written, true],
    ['product: docker, category: file', written, true],
    ['product: linux, category: file_event', deleted, false],
    ['product: linux, category: file_delete', deleted, true],
  ])('{%s} → %#', (logsource, observation, expected) => {
    expect(isRouted(logsource, observation)).toBe(expected);
  });
});

describe("the Sigma taxonomy's names", () => {
  const matches = (observation: typeof exec, detection: string, category: string) =>
    compileRules([rule({ logsource: `product: linux, category: ${category}`, detection })]).match(observation).length >
    0;

  test.each([
    ["sel: { Image|endswith: '/curl' }", true],
    ["sel: { Image|startswith: '/usr/bin/' }", false],
    ['sel: { Image: curl }', true],
    ["sel: { CommandLine|contains: ' -k' }", true],
    ['sel: { User: root }', true],
    ["sel: { User: '0' }", true],
    ['sel: { ParentImage: null }', true],
    ['sel: { Computer: h }', true],
  ])('of an exec: %s → %s', (detection, expected) => {
    expect(matches(exec, detection, 'process_creation')).toBe(expected);
  });

  test.each([
    ["sel: { Image|endswith: '/wget' }", true],
    ["sel: { Image|endswith: '/busybox' }", true],
    ["sel: { Initiated: 'true', DestinationPort: 443 }", true],
    ["sel: { DestinationPort: '443' }", true],
    ['sel: { DestinationIp|cidr: 192.0.2.0/24 }', true],
    ['sel: { DestinationHostname|endswith: .example }', true],
    ["sel: { Initiated: 'false' }", false],
  ])('of a connection: %s → %s', (detection, expected) => {
    expect(matches(connection, detection, 'network_connection')).toBe(expected);
  });
});

describe('rule sets', () => {
  const docker = 'product: docker';

  test('of two rules with one id the second is refused, and both are named', () => {
    const id = 'c31f45da-9076-4b5c-8cbe-c73158492d06';
    const set = compileRules([
      rule({ logsource: docker, id, file: 'a.yml' }),
      rule({ logsource: docker, id, file: 'b.yml' }),
    ]);
    expect(set.rules.map(({ file }) => file)).toEqual(['a.yml']);
    expect(set.problems).toEqual([
      {
        severity: 'error',
        file: 'b.yml',
        line: 1,
        column: 1,
        message: `id ${id} is that of a.yml:1 already; this rule is not used`,
      },
    ]);
  });

  test('matches come in the order of the rules', () => {
    const rules = ['1', '2', '3'].map((last) =>
      rule({ logsource: docker, id: `c31f45da-9076-4b5c-8cbe-c73158492d0${last}` }),
    );
    expect(
      compileRules(rules)
        .match(exec)
        .map(({ rule: found }) => found),
    ).toEqual(rules);
  });

  test('the hash depends on what the rules say, not on their order', () => {
    const [a, b] = [rule({ logsource: docker }), rule({ logsource: 'product: linux' })];
    expect(compileRules([a, b]).hash).toBe(compileRules([b, a]).hash);
    expect(compileRules([a]).hash).not.toBe(compileRules([b]).hash);
  });
});

import { describe, expect, test } from 'vitest';
import { parseRuleFile } from '../../../../analyzer/sigma/language/document.ts';
import { runSamples } from '../../../../analyzer/sigma/samples.ts';
import { renderSummary, wording } from '../../../../analyzer/sigma/wording.ts';
import { event, ruleText } from './language/rules.ts';

const documentsOf = (head: string, detection = 'sel:\n  exec.command: id') =>
  parseRuleFile(ruleText(detection, { head }), 'rule.yml').documents;

describe('samples', () => {
  test('each is tried on its rule, and says whether it was as expected', () => {
    const documents = documentsOf(`samples:
  match:
    - { note: right, exec: { command: id } }
    - { note: wrong, exec: { command: ls } }
  ignore:
    - { note: other, exec: { command: ls } }
`);
    expect(runSamples(documents).map(({ note, expected, matched }) => [note, expected, matched])).toEqual([
      ['right', true, true],
      ['wrong', true, false],
      ['other', false, false],
    ]);
  });

  test('a sample of another log source does not match', () => {
    const documents = documentsOf('samples: { match: [{ kind: connection, exec: { command: id } }] }\n');
    expect(runSamples(documents)).toMatchObject([{ matched: false }]);
  });

  test('what every observation has need not be written, and is kept beside what is', () => {
    const documents = documentsOf(
      'samples: { match: [{ container: { name: mine } }] }\n',
      'sel:\n  event.action: exec_start\n  container.name: mine\n  container.image.name: "*"\n  host.id: "*"',
    );
    expect(runSamples(documents)).toMatchObject([{ matched: true }]);
  });

  test('rules for Linux hosts are tried on what answers to them', () => {
    const linux = (category: string) => `title: T
logsource: { product: linux, category: ${category} }
detection: { sel: { host.name: "*" }, condition: sel }
samples: { match: [{ note: n }] }
`;
    for (const category of ['process_creation', 'network_connection', 'file_event'])
      expect(runSamples(parseRuleFile(linux(category), 'r.yml').documents)).toMatchObject([{ matched: true }]);
  });

  describe('of filters', () => {
    const filter = `title: F
logsource: { category: exec }
filter:
  rules: any
  test: { container.name|startswith: test- }
  condition: not test
samples:
  match:
    - { note: hidden, container: { name: test-1 } }
    - { note: told, container: { name: web } }
  ignore:
    - { note: other, container: { name: web } }
    - { note: elsewhere, kind: connection, container: { name: test-1 } }
`;
    test('a match is hidden, whatever else is told', () => {
      const results = runSamples(parseRuleFile(filter, 'f.yml').documents);
      expect(results.map(({ kind, note, expected, matched }) => [kind, note, expected, matched])).toEqual([
        ['filter', 'hidden', true, true],
        ['filter', 'told', true, false],
        ['filter', 'other', false, false],
        ['filter', 'elsewhere', false, false],
      ]);
    });
  });

  describe('of sequences', () => {
    const shell = `title: A shell
name: shell
logsource: { category: exec }
detection: { sel: { exec.is_shell: true }, condition: sel }
`;
    const sequence = `title: Many shells
name: many
correlation:
  type: event_count
  rules: [shell]
  group-by: [container.name]
  timespan: 1m
  condition: { gte: 2 }
samples:
  match:
    - note: two in a minute
      events: [{ exec: { is_shell: true } }, { at: 60, exec: { is_shell: true } }]
    - note: at times of the day
      events:
        - { at: 2026-01-01T00:00:00Z, exec: { is_shell: true } }
        - { at: 2026-01-01T00:00:59Z, exec: { is_shell: true } }
  ignore:
    - note: too far from each other
      events: [{ at: 0, exec: { is_shell: true } }, { at: 61, exec: { is_shell: true } }]
    - note: two containers
      events: [{ exec: { is_shell: true } }, { container: { name: b }, exec: { is_shell: true } }]
    - note: no events
`;
    const outer = `title: Outer
correlation: { type: temporal, rules: [many], timespan: 1m }
samples:
  match: [{ events: [{ exec: { is_shell: true } }, { at: 1, exec: { is_shell: true } }] }]
`;
    const hiding = `title: F
logsource: { category: exec }
filter: { rules: any, sel: { exec.is_shell: true }, condition: not sel }
`;
    const parse = (...texts: readonly string[]) => parseRuleFile(texts.join('---\n'), 'r.yml').documents;
    const outcome = (documents: ReturnType<typeof parse>) =>
      runSamples(documents).map(({ note, expected, matched }) => [note, expected === matched]);

    test('their events run through the rules, in time', () => {
      expect(outcome(parse(sequence, shell))).toEqual([
        ['two in a minute', true],
        ['at times of the day', true],
        ['too far from each other', true],
        ['two containers', true],
        ['no events', true],
      ]);
    });

    test('one of sequences has the events of the rules below them', () => {
      expect(outcome(parse(outer, sequence.slice(0, sequence.indexOf('samples:')), shell))).toEqual([['', true]]);
    });

    test('what a filter hides feeds nothing', () => {
      expect(outcome(parse(sequence, shell, hiding)).slice(0, 2)).toEqual([
        ['two in a minute', false],
        ['at times of the day', false],
      ]);
    });

    test('the rules may stand elsewhere; without them it is never complete', () => {
      const [document] = parse(sequence);
      const documents = document === undefined ? [] : [document];
      const among = [...documents, ...parse(shell)].map(({ rule }) => rule);
      expect(runSamples(documents, among)[0]).toMatchObject({ kind: 'correlation', matched: true });
      expect(runSamples(documents)[0]).toMatchObject({ matched: false });
    });
  });

  test('rules without samples have none', () => {
    expect(runSamples(documentsOf('samples: none\n'))).toEqual([]);
    expect(runSamples(documentsOf(''))).toEqual([]);
  });
});

describe('summaries', () => {
  const summary = (text: string, fields: Readonly<Record<string, unknown>>) => {
    const [document] = documentsOf(`summary: '${text}'\n`);
    return document?.rule.kind !== 'rule' ? '' : renderSummary(document.rule, event(fields));
  };

  test('places are filled by any name of a field', () => {
    expect(summary('{container.name} ran {CommandLine}', { container: { name: 'db' }, exec: { command: 'id' } })).toBe(
      'db ran id',
    );
  });

  test('lists are joined, what is absent or no text is a dash', () => {
    expect(summary('{a} {b} {c} {d}', { a: ['x', 2, true], c: {}, d: null })).toBe('x, 2, true – – –');
  });

  test("an attacker's text cannot move the cursor, reorder the line or fill it", () => {
    const hostile = `a\u001b[2J\n\u202e${'x'.repeat(5_000)}`;
    const text = summary('ran {exec.command} {exec.command} {exec.command} {exec.command}', {
      exec: { command: hostile },
    });
    expect(text).not.toMatch(/\p{C}/u);
    expect(text).toContain('a\\u{1b}[2J\\u{a}\\u{202e}xxx');
    expect(Array.from(text).length).toBeLessThanOrEqual(600);
  });

  test("an attacker's text that looks like a place is not filled again", () => {
    expect(summary('ran {exec.command}', { exec: { command: '{host.name}' }, host: { name: 'h' } })).toBe(
      'ran {host.name}',
    );
  });

  test('values of fields: one, several, none', () => {
    const observation = event({ a: 'x', b: ['x', 'y'], c: [] });
    expect(['a', 'b', 'c', 'd'].map((field) => wording.value(observation, field))).toEqual([
      'x',
      ['x', 'y'],
      [],
      undefined,
    ]);
  });
});

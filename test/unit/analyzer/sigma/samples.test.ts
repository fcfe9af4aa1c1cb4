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

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CefOptions, cefMessage } from '../../../../alerting/formats/cef.ts';
import { severities } from '../../../../shared/finding.ts';
import { steering } from '../../../support/hostile.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';
import { parse5424 } from './rfc5424.ts';

const options: CefOptions = { facility: 'local0', maxBytes: 8_192, header: 'rfc5424', version: '1.2.3' };

interface Cef {
  readonly header: readonly string[];
  readonly extension: Readonly<Record<string, string>>;
}

/** CEF to the letter: seven header fields, then `key=value` with an `=` in values only behind a backslash. */
function parseCef(text: string): Cef {
  const parts = /^CEF:0\|((?:(?:[^|\\\r\n]|\\[|\\])*\|){6})(.*)$/u.exec(text);
  expect(parts, text).not.toBeNull();
  const header = [...(parts?.[1] ?? '').matchAll(/((?:[^|\\]|\\[|\\])*)\|/gu)].map(([, field = '']) =>
    field.replace(/\\([|\\])/g, '$1'),
  );
  const rest = parts?.[2] ?? '';
  expect(rest).toMatch(/^(?:[^\\=]|\\[\\=nr]|(?<=(?:^| )[A-Za-z0-9]+)=)*$/u);
  const extension: Record<string, string> = {};
  const starts = [...rest.matchAll(/(?:^| )([A-Za-z0-9]+)=/g)];
  for (const [i, start] of starts.entries()) {
    const key = start[1] ?? '';
    expect(extension[key], `${key} occurs twice`).toBeUndefined();
    const value = rest.slice(start.index + start[0].length, starts[i + 1]?.index);
    extension[key] = value.replace(/\\([\\=nr])/g, (_, escaped: string) => ({ n: '\n', r: '\r' })[escaped] ?? escaped);
  }
  return { header, extension };
}

test('an incident update, field by field', () => {
  const told = {
    ...update(1, { techniques: ['T1611', 'T1610'], tactics: ['privilege-escalation'] }),
    at: 1_700_000_000_123,
  };
  const { message, data, priority } = parse5424(cefMessage(told, options));
  expect({ data, priority }).toEqual({ data: {}, priority: 131 });
  expect(parseCef(message)).toEqual({
    header: ['Moorwatch', 'Moorwatch', '1.2.3', 'MNT-01', 'Something', '8'],
    extension: {
      rt: '1700000000123',
      start: '1001',
      externalId: 'update-1-1',
      act: 'opened',
      cat: 'incident',
      cnt: '1',
      dvchost: 'lab1',
      deviceExternalId: 'h1',
      cs1Label: 'container id',
      cs1: 'id1',
      cs2Label: 'container name',
      cs2: 'c1',
      cs3Label: 'image',
      cs3: 'nginx:1',
      cs4Label: 'attack techniques',
      cs4: 'T1611,T1610',
      cs5Label: 'rule id',
      cs5: 'rule-1',
      cs6Label: 'workload',
      cs6: 'service-1',
      cn1Label: 'incident version',
      cn1: '1',
      flexString1Label: 'incident',
      flexString1: 'incident-1',
      flexString2Label: 'attack tactics',
      flexString2: 'privilege-escalation',
      msg: 'c1: something: something',
    },
  });
});

test('without a catalogue row the signature id is the rule’s', () => {
  const [line] = update(1).incident.findings;
  const findings = line === undefined ? [] : [{ ...line, rule: { ...line.rule, catalogue: [] } }];
  expect(parseCef(parse5424(cefMessage(update(1, { findings }), options)).message).header[3]).toBe('rule-1');
});

test('severities', () => {
  const of = (severity: (typeof severities)[number]) =>
    parseCef(parse5424(cefMessage(update(1, { severity }), options)).message).header[5];
  expect(severities.map(of)).toEqual(['1', '3', '5', '8', '10']);
});

test('the header of RFC 3164: UTC, the day in two places', () => {
  const told = { ...update(1), at: Date.parse('2026-11-03T04:05:06.789Z') };
  expect(cefMessage(told, { ...options, header: 'rfc3164' })).toMatch(
    /^<131>Nov {2}3 04:05:06 lab1 CEF:0\|Moorwatch\|/,
  );
  const odd = { ...told, at: Number.NaN };
  expect(cefMessage(odd, { ...options, header: 'rfc3164' })).toMatch(/^<131>Jan {2}1 00:00:00 lab1 CEF:0\|Moorwatch\|/);
});

test('what is special in the header and in the extension stands behind a backslash there, and only there', () => {
  const nasty = 'a|b=c\\d\ne\rf\tg';
  const [line] = update(1).incident.findings;
  const findings = line === undefined ? [] : [{ ...line, rule: { ...line.rule, title: nasty } }];
  const text = parse5424(cefMessage(update(1, { title: nasty, findings }), options)).message;
  expect(text).toContain('|a\\|b=c\\\\d\\\\u{a}e\\\\u{d}f\\\\u{9}g|');
  expect(text).toContain('msg=a|b\\=c\\\\d\\ne\\rf\\\\u{9}g: something');
});

test('a value cannot become a field', () => {
  const { container } = update(1).incident;
  const name = 'web externalId=forged cs1=other';
  const told = update(1, { container: container && { ...container, name } });
  const { extension } = parseCef(parse5424(cefMessage(told, options)).message);
  expect(extension).toMatchObject({ externalId: 'update-1-1', cs1: 'id1', cs2: name });
});

/** Of the extension dictionary. */
const limits: Readonly<Record<string, number>> = {
  externalId: 40,
  act: 63,
  dvchost: 100,
  deviceExternalId: 255,
  cat: 1_023,
  reason: 1_023,
  suser: 1_023,
  msg: 1_023,
  flexString1: 1_023,
  flexString2: 1_023,
  MoorwatchRaised: 255,
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`cs${n}`, 4_000])),
};
const headerLimits = [63, 63, 31, 1_023, 512, 10];

test('whatever an attacker calls things: one event of its size, no field over its limit, with its id', () => {
  fc.assert(
    fc.property(
      hostileUpdate,
      fc.integer({ min: 1_024, max: 9_000 }),
      fc.constantFrom('rfc5424', 'rfc3164'),
      (told, maxBytes, header) => {
        const id = '0123456789abcdef0123456789abcdef';
        const text = cefMessage({ ...told, id }, { ...options, maxBytes, header });
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
        expect(text).not.toMatch(steering);
        expect(Buffer.from(text).toString()).toBe(text);
        const event = parseCef(text.slice(text.indexOf('CEF:0|Moorwatch|')));
        expect(event.extension.externalId).toBe(id);
        for (const [i, field] of event.header.entries())
          expect(Buffer.byteLength(field)).toBeLessThanOrEqual(headerLimits[i] ?? 0);
        for (const [key, value] of Object.entries(event.extension))
          expect(Buffer.byteLength(value), key).toBeLessThanOrEqual(limits[key] ?? 40);
      },
    ),
    { numRuns: 300 },
  );
});

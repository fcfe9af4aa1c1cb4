import fc from 'fast-check';
import { expect, test } from 'vitest';
import { email } from '../../../../alerting/formats/email.ts';
import { deriveId } from '../../../../shared/hash.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

test('an incident update, part by part', () => {
  const told = email(update(1, { techniques: ['T1611'] }), 'example.com');
  expect(told).toMatchObject({
    messageId: '<update-1-1@example.com>',
    subject: '[Moorwatch] high incident opened: c1: something',
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Moorwatch-Update': 'update-1-1',
      'X-Moorwatch-Incident': 'incident-1',
      'X-Moorwatch-Severity': 'high',
    },
  });
  expect(told.text).toBe(
    `high incident opened

c1: something
something

Host: lab1
Container: c1
Image: nginx:1
Workload: service-1
Rule: Something
Catalogue: MNT-01
ATT&CK techniques: T1611
Findings: 1
Opened: 1970-01-01T00:00:01.001Z
Container id: id1
Incident: incident-1
Update: update-1-1

Findings:
- high, Something: something
`,
  );
  expect(told.html).toContain('<tr><th align="left">Container</th><td>c1</td></tr>');
  expect(told.html).toContain('<li>high, Something: something</li>');
});

test('all mails of an incident refer to its first', () => {
  const of = (version: number) => email({ ...update(1), id: deriveId('incident-1', version) }, 'example.com');
  expect(of(1).inReplyTo).toBeUndefined();
  expect(of(2).inReplyTo).toBe(of(1).messageId);
  expect(of(7).inReplyTo).toBe(of(1).messageId);
  expect(new Set([1, 2, 7].map((version) => of(version).messageId)).size).toBe(3);
});

test('of many findings the first are told, and how many are not', () => {
  const [line] = update(1).incident.findings;
  const findings = Array.from({ length: 50 }, () => line).flatMap((one) => one ?? []);
  const [one, ...others] = findings.map((other) => ({ ...other, count: 3 }));
  const told = update(1, { findings: one === undefined ? [] : [{ ...one, count: 1 }, ...others], more: 7 });
  const { text, html } = email(told, 'example.com');
  expect(text.match(/^- high, Something/gm)).toHaveLength(1);
  expect(text.match(/^- high, 3 times, Something/gm)).toHaveLength(19);
  expect(text).toContain('- and 37 more\n');
  expect(html).toContain('<li>and 37 more</li>');
});

test('markup in a name is text, and a name begins no header', () => {
  const title = '</h3><img src=http://evil/x>&amp;\r\nBcc: eve@evil';
  const { subject, html, text } = email(update(1, { title }), 'example.com');
  const shown = '\\u{d}\\u{a}Bcc: eve@evil';
  expect(subject).toBe(`[Moorwatch] high incident opened: </h3><img src=http://evil/x>&amp;${shown}`);
  expect(html).toContain(`<h3>&lt;/h3&gt;&lt;img src=http://evil/x&gt;&amp;amp;${shown}</h3>`);
  expect(text).toContain(`\n${title.replace('\r\n', '\\u{d}\\u{a}')}\n`);
});

/** The tags of our own template. */
const ours =
  /<\/?(?:html|head|body|table|tr|td|p|h3|ul|li)>|<!doctype html>|<meta charset="utf-8">|<th align="left">|<\/th>/g;

test('whatever an attacker calls things: a mail of its size whose lines, headers and markup are ours', () => {
  fc.assert(
    fc.property(hostileUpdate, (told) => {
      const mail = email(told, 'example.com');
      const all = JSON.stringify(mail);
      expect(Buffer.byteLength(mail.text) + Buffer.byteLength(mail.html)).toBeLessThan(65_536);
      expect(Buffer.from(all).toString()).toBe(all);
      expect(mail.messageId).toMatch(/^<[A-Za-z0-9._-]{1,128}@example\.com>$/);
      expect(Buffer.byteLength(mail.subject)).toBeLessThanOrEqual(240);
      expect(`${mail.subject}${Object.values(mail.headers).join('')}`).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u);
      expect(`${mail.text}${mail.html}`.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u);
      const rest = mail.html.replace(ours, '');
      expect(rest).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/);
      const facts = mail.text.split('\n\n')[2]?.split('\n') ?? [];
      for (const line of facts) expect(line).toMatch(/^(?:[A-Z][A-Za-z&]*(?: [a-z]+)*): ./);
    }),
    { numRuns: 300 },
  );
});

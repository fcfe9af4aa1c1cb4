import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmailSink, type EmailSinkOptions } from '../../alerting/sinks/email.ts';
import { createSink } from '../../alerting/sinks/index.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { yamlSource } from '../../shared/config/yaml-source.ts';
import { deriveId } from '../../shared/hash.ts';
import { eventually } from '../support/eventually.ts';
import { type Smtpd, startSmtpd, type TakenMail } from '../support/smtpd/start.ts';
import { hostileUpdate } from '../unit/alerting/formats/hostile.ts';
import { update } from '../unit/alerting/updates.ts';

let smtpd: Smtpd;
const { signal } = new AbortController();
const delivered = { kind: 'delivered' };
const file = (name: string): string => join(smtpd.directory, name);

beforeAll(async () => {
  smtpd = await startSmtpd();
  writeFileSync(file('password'), 's3cret pässword\n');
  writeFileSync(file('wrong'), 's3cret guess\n');
});
afterAll(() => smtpd.stop());

const sinkBy = (tls: 'starttls' | 'implicit', more: Partial<EmailSinkOptions> = {}) =>
  createEmailSink({
    name: 'mail',
    host: '127.0.0.1',
    port: smtpd.ports[tls],
    tls,
    ca: file('ca.pem'),
    user: 'moorwatch',
    passwordFile: file('password'),
    from: 'moorwatch@example.com',
    to: ['soc@example.com', 'night@example.com'],
    timeoutMs: 20_000,
    clock: () => Date.parse('2026-01-02T03:04:05Z'),
    ...more,
  });
const header = (mail: TakenMail, name: string): string | undefined =>
  mail.headers.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1];
const mailOf = (id: string): Promise<TakenMail> =>
  eventually(() => smtpd.mails.find((mail) => header(mail, 'X-Moorwatch-Update') === id));

test.each(['starttls', 'implicit'] as const)('a mail arrives over TLS by %s, with a login', async (tls) => {
  const told = { ...update(1, { title: 'shöp: 🐳 mounted' }), id: `by-${tls}` };
  expect(await sinkBy(tls).send(told, signal)).toEqual(delivered);
  const mail = await mailOf(told.id);
  expect(mail).toMatchObject({
    from: 'moorwatch@example.com',
    to: ['soc@example.com', 'night@example.com'],
    encrypted: tls === 'starttls',
    login: 'moorwatch',
    parts: ['multipart/alternative', 'text/plain', 'text/html'],
    defects: [],
  });
  expect(mail.text.split('\r\n')).toContain('shöp: 🐳 mounted');
  expect(mail.html).toContain('<h3>shöp: 🐳 mounted</h3>');
  expect(header(mail, 'Subject')).toBe('[Moorwatch] high incident opened: shöp: 🐳 mounted');
  expect(header(mail, 'From')).toBe('Moorwatch <moorwatch@example.com>');
  expect(header(mail, 'Date')).toBe('Fri, 02 Jan 2026 03:04:05 +0000');
  expect(header(mail, 'Message-ID')).toBe(`<${told.id}@example.com>`);
});

test('the mails of an incident are a thread', async () => {
  const sink = sinkBy('starttls');
  const ids = [1, 2, 3].map((version) => deriveId('thread', version));
  for (const [i, id] of ids.entries())
    expect(await sink.send({ ...update(1, { id: 'thread', version: i + 1 }), id }, signal)).toEqual(delivered);
  const mails = await Promise.all(ids.map(mailOf));
  const [first] = mails.map((mail) => header(mail, 'Message-ID'));
  expect(mails.map((mail) => header(mail, 'References'))).toEqual([undefined, first, first]);
  expect(mails.map((mail) => header(mail, 'In-Reply-To'))).toEqual([undefined, first, first]);
});

test.each([
  ['an authority of somebody else', { ca: 'stranger.pem' }, /check (?:tls, )?ca/],
  ['another name', { serverName: 'other.example' }, /or set serverName|check tls, ca and serverName/],
  ['a wrong password', { passwordFile: 'wrong' }, /check user and passwordFile/],
] as const)('%s: nothing is sent, and what to check is said', async (_, { ...more }, advice) => {
  const paths = Object.entries(more).map(([key, value]) => [key, key === 'serverName' ? value : file(value)]);
  for (const tls of ['starttls', 'implicit'] as const) {
    const told = { ...update(1), id: 'never' };
    const sent = await sinkBy(tls, Object.fromEntries(paths) as object).send(told, signal);
    expect(sent).toMatchObject({ kind: 'retry', reason: expect.stringMatching(advice) as string });
    expect(JSON.stringify(sent)).not.toMatch(/s3cret|czNjcmV0/);
  }
  expect(smtpd.mails.filter((mail) => header(mail, 'X-Moorwatch-Update') === 'never')).toEqual([]);
});

test('a name that the certificate has is enough', async () => {
  expect(await sinkBy('starttls', { serverName: 'mail.example' }).send(update(4), signal)).toEqual(delivered);
});

test('a recipient that is not there and a mail that is not wanted are told apart', async () => {
  const to = ['soc@example.com', 'nobody@example.com'];
  const reason = 'nobody@example.com: the server answered 550 5.1.1 no such user';
  expect(await sinkBy('starttls', { to }).send(update(5), signal)).toEqual({ kind: 'refused', reason });
  expect((await mailOf('update-5-1')).to).toEqual(['soc@example.com']);
  const spam = await sinkBy('starttls').send(update(6, { title: 'spam' }), signal);
  expect(spam).toEqual({ kind: 'refused', reason: 'the server answered 554 5.7.1 looks like spam' });
});

test('whatever an attacker calls things: a mail without a defect, of our headers, with short lines', async () => {
  const sink = sinkBy('implicit');
  const names = (mail: TakenMail) => mail.headers.map(([name]) => name).sort();
  expect(await sink.send({ ...update(7), id: 'plain' }, signal)).toEqual(delivered);
  const ours = names(await mailOf('plain'));
  for (const [i, told] of fc.sample(hostileUpdate, 60).entries()) {
    const id = `hostile-${i}`;
    expect(await sink.send({ ...told, id }, signal)).toEqual(delivered);
    const mail = await mailOf(id);
    expect(mail.defects).toEqual([]);
    expect(names(mail)).toEqual(ours);
    expect(mail.parts).toEqual(['multipart/alternative', 'text/plain', 'text/html']);
    expect(mail.longest).toBeLessThanOrEqual(998);
    expect(header(mail, 'Subject')).toMatch(/^\[Moorwatch\] \w+ \w+ \w+: /);
  }
});

test('the configuration of the page sends a mail', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/siem/email.md'), 'utf8');
  const block = (/^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '')
    .replace('host: mail.example', 'host: 127.0.0.1\n    serverName: mail.example')
    .replace('port: 587', `port: ${smtpd.ports.starttls}`)
    .replaceAll('/etc/moorwatch', smtpd.directory)
    .replace('mail.password', 'password')
    .replace('mail-ca.pem', 'ca.pem');
  const { sinks } = configSchema.parse(yamlSource(block, 'email.md').values);
  const sink = sinks.mail && createSink('mail', sinks.mail, { clock: Date.now, version: '1' });
  expect(await sink?.send({ ...update(8), id: 'by-page' }, signal)).toEqual(delivered);
  expect((await mailOf('by-page')).to).toEqual(['soc@example.com', 'night@example.com']);
});

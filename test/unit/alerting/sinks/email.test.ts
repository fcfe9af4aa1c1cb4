import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEmailSink, type EmailSinkOptions } from '../../../../alerting/sinks/email.ts';
import { createSink } from '../../../../alerting/sinks/index.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { type SmtpStub, startSmtpStub } from '../../../support/smtp-stub.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { update } from '../updates.ts';

const passwordFile = join(temporaryDirectory('email'), 'password');
writeFileSync(passwordFile, 's3cret password\n');

const to = ['soc@example.com', 'night@example.com'];
const sinkTo = (stub: SmtpStub, more: Partial<EmailSinkOptions> = {}) =>
  createEmailSink({
    name: 'mail',
    host: '127.0.0.1',
    port: stub.port,
    tls: 'none',
    user: 'moorwatch',
    passwordFile,
    from: 'moorwatch@example.com',
    to,
    timeoutMs: 5_000,
    clock: () => Date.parse('2026-01-02T03:04:05Z'),
    ...more,
  });
const idIn = ({ raw }: { raw: string }): string => /^X-Moorwatch-Update: (\S+)\r$/m.exec(raw)?.[1] ?? raw;

describe('the e-mail sink', () => {
  describeSinkCompliance(async () => {
    const stub = await startSmtpStub();
    return {
      sink: sinkTo(stub),
      received: async () => stub.mails.map(idIn),
      goAway: stub.goAway,
      comeBack: async () => {
        stub.answers = {};
        await stub.comeBack();
      },
      refuse: async () => {
        stub.answers = { '.': '554 5.7.1 looks like spam' };
      },
      hang: async () => {
        stub.isSilent = true;
      },
      secrets: ['s3cret'],
      close: stub.goAway,
    };
  });

  const { signal } = new AbortController();
  let stub: SmtpStub;
  beforeEach(async () => {
    stub = await startSmtpStub();
  });
  afterEach(() => stub.goAway());

  it('is made as configured, and sends one mail to all', async () => {
    const { sinks } = configSchema.parse({
      sinks: {
        mail: { type: 'email', host: '127.0.0.1', port: stub.port, tls: 'none', from: 'moorwatch@example.com', to },
      },
    });
    const clock = () => Date.parse('2026-01-02T03:04:05Z');
    const sink = sinks.mail && createSink('mail', sinks.mail, { clock, version: '1' });
    expect(await sink?.send(update(1), signal)).toEqual({ kind: 'delivered' });
    expect(stub.mails).toMatchObject([{ from: 'moorwatch@example.com', to }]);
    const { raw = '' } = stub.mails[0] ?? {};
    expect(raw).toContain('\r\nFrom: Moorwatch <moorwatch@example.com>\r\nTo: soc@example.com, night@example.com\r\n');
    expect(raw).toContain('\r\nMessage-ID: <update-1-1@example.com>\r\n');
    expect(raw).toContain('\r\nDate: Fri, 02 Jan 2026 03:04:05 +0000\r\n');
    expect(raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(stub.commands.some((command) => command.startsWith('AUTH'))).toBe(false);
    await sink?.close?.();
  });

  it.each([
    ['greeting', { '': '421 4.3.2 going down' }, 'retry', '421'],
    ['greeting', { '': '554 no service here' }, 'retry', '554'],
    ['login', { AUTH: '535 5.7.8 s3cret password is wrong' }, 'retry', 'check user and passwordFile'],
    ['login', { AUTH: '454 4.7.0 later' }, 'retry', '454'],
    ['sender', { MAIL: '550 5.7.1 not you' }, 'retry', 'not you: check from'],
    ['sender', { MAIL: '451 4.3.0 later' }, 'retry', '451'],
    ['sender', { MAIL: '530 5.7.0 authentication required' }, 'retry', '530'],
    ['all recipients', { RCPT: '550 5.1.1 unknown' }, 'retry', 'check to'],
    ['all recipients', { RCPT: '450 4.2.0 greylisted' }, 'retry', '450'],
    ['data', { DATA: '554 5.5.1 no' }, 'refused', '554'],
    ['data', { DATA: '503 5.5.1 bad sequence' }, 'retry', '503'],
    ['mail', { '.': '554 5.6.0 \u001b[31mspam' }, 'refused', '554 5.6.0 \\u{1b}[31mspam'],
    ['mail', { '.': '552 5.3.4 too large' }, 'refused', '552'],
    ['mail', { '.': '451 4.3.0 later' }, 'retry', '451'],
  ])('judges what is answered to %s, %j, as %s', async (_, answers, kind, told) => {
    stub.answers = answers;
    const delivery = await sinkTo(stub).send(update(1), signal);
    const reason = delivery.kind === 'delivered' ? '' : delivery.reason;
    expect(delivery.kind).toBe(kind);
    expect(reason).toContain(told);
    expect(reason).not.toContain('s3cret');
    expect(stub.mails).toEqual([]);
  });

  it('tells those again that were told to wait, and nobody twice', async () => {
    const sink = sinkTo(stub);
    stub.answers = { 'RCPT TO:<night@': '450 4.2.0 greylisted' };
    expect(await sink.send(update(1), signal)).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('night@example.com: the server answered 450') as string,
    });
    stub.answers = {};
    expect(await sink.send(update(1), signal)).toEqual({ kind: 'delivered' });
    expect(stub.mails.map((mail) => mail.to)).toEqual([['soc@example.com'], ['night@example.com']]);
    expect(await sink.send(update(2), signal)).toEqual({ kind: 'delivered' });
    expect(stub.mails[2]?.to).toEqual(to);
  });

  it('parks what one recipient never gets, and holds up nobody else', async () => {
    stub.answers = { 'RCPT TO:<night@': '550 5.1.1 left the company' };
    const reason = 'night@example.com: the server answered 550 5.1.1 left the company';
    expect(await sinkTo(stub).send(update(1), signal)).toEqual({ kind: 'refused', reason });
    expect(stub.mails.map((mail) => mail.to)).toEqual([['soc@example.com']]);
  });

  it('does not wait for ever', async () => {
    stub.isSilent = true;
    const sent = await sinkTo(stub, { timeoutMs: 100 }).send(update(1), signal);
    expect(sent.kind).toBe('retry');
    expect(sent).toMatchObject({ reason: expect.stringMatching(/within 100 ms|[Gg]reeting|timeout/) as string });
  });

  it('sends no password and no mail where the server does not encrypt', async () => {
    const sent = await sinkTo(stub, { tls: 'starttls' }).send(update(1), signal);
    expect(sent).toMatchObject({ kind: 'retry', reason: expect.stringContaining('check tls') as string });
    expect(stub.commands.filter((command) => /^(?:AUTH|MAIL)/.test(command))).toEqual([]);
  });
});

describe('its configuration', () => {
  const parse = (more: object) =>
    configSchema.safeParse({
      sinks: { mail: { type: 'email', host: 'mx', from: 'a@example.com', to: ['b@example.com'], ...more } },
    });
  it('is encrypted unless that is said', () => {
    expect(parse({}).data?.sinks.mail).toMatchObject({ tls: 'starttls' });
  });
  it.each([
    [{ user: 'x' }, 'passwordFile'],
    [{ passwordFile: '/x' }, 'user'],
    [{ user: 'x', passwordFile: '/x', tls: 'none' }, 'tls'],
    [{ from: 'a@b\r\nBcc: c@d' }, 'from'],
    [{ from: 'Someone <a@b>' }, 'from'],
    [{ to: [] }, 'to'],
    [{ to: ['a@b, c@d'] }, 'to'],
    [{ to: ['ä@example.com'] }, 'to'],
  ])('refuses %j', (more, path) => {
    expect(parse(more).error?.issues[0]?.path).toContain(path);
  });
});

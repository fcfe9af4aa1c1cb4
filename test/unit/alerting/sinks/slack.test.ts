import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSink } from '../../../../alerting/sinks/index.ts';
import { createSlackSink } from '../../../../alerting/sinks/slack.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { asSlack, slackPath, slackUpdateIn } from '../../../support/slack.ts';
import { type StubReceiver, startStubReceiver } from '../../../support/stub-receiver.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { update } from '../updates.ts';

const directory = temporaryDirectory('slack');
const fileWith = (text: string): string => {
  const path = join(directory, 'address');
  writeFileSync(path, text);
  return path;
};
const sinkTo = (url: string) =>
  createSlackSink({
    name: 'chat',
    urlFile: fileWith(`${url}${slackPath}\n`),
    timeoutMs: 5_000,
    clock: Date.now,
  });

describe('the Slack sink', () => {
  describeSinkCompliance(async () => {
    const stub = await startStubReceiver(asSlack);
    return {
      sink: sinkTo(stub.url),
      received: async () => stub.requests.map(({ body }) => slackUpdateIn(body)),
      goAway: stub.goAway,
      comeBack: async () => {
        stub.answer = asSlack;
        await stub.comeBack();
      },
      refuse: async () => {
        stub.answer = { status: 400, body: 'invalid_payload' };
      },
      hang: async () => {
        stub.answer = undefined;
      },
      secrets: ['s3cret', '/services/'],
      close: stub.goAway,
    };
  });

  const { signal } = new AbortController();
  let stub: StubReceiver;
  beforeEach(async () => {
    stub = await startStubReceiver(asSlack);
  });
  afterEach(() => stub.goAway());

  it('is made as configured', async () => {
    const urlFile = fileWith(`${stub.url}${slackPath}\n`);
    const { sinks } = configSchema.parse({ sinks: { chat: { type: 'slack', urlFile } } });
    const sink = sinks.chat && createSink('chat', sinks.chat, { clock: Date.now, version: '1' });
    expect(await sink?.send(update(1), signal)).toEqual({ kind: 'delivered' });
    expect(stub.requests[0]?.headers['content-type']).toBe('application/json; charset=utf-8');
    await sink?.close?.();
  });

  it.each([
    [200, 'ok', 'delivered', ''],
    [200, '{"success":true}', 'delivered', ''],
    [200, '{"success":false}', 'refused', 'that it failed'],
    [400, 'invalid_payload', 'refused', '400 invalid_payload'],
    [400, 'no_active_hooks', 'retry', 'check urlFile'],
    [400, '<html>s3cret', 'refused', '400'],
    [401, '', 'retry', 'urlFile'],
    [403, 'action_prohibited', 'retry', '403 action_prohibited: check urlFile'],
    [404, 'no_service', 'retry', '404 no_service: check urlFile'],
    [410, 'channel_is_archived', 'retry', '410 channel_is_archived: check urlFile'],
    [413, '', 'refused', '413'],
    [429, '', 'retry', '429'],
    [500, 'rollup_error', 'retry', '500'],
  ])('judges %i %s as %s', async (status, body, kind, told) => {
    stub.answer = { status, body };
    const sink = sinkTo(stub.url);
    const delivery = await sink.send(update(1), signal);
    const reason = delivery.kind === 'delivered' ? '' : delivery.reason;
    expect(delivery.kind).toBe(kind);
    expect(reason).toContain(told);
    expect(reason).not.toContain('s3cret');
    await sink.close?.();
  });

  it('waits as long as Slack asks', async () => {
    stub.answer = { status: 429, headers: { 'retry-after': '30' } };
    const sink = sinkTo(stub.url);
    expect(await sink.send(update(1), signal)).toMatchObject({ kind: 'retry', afterMs: 30_000 });
    await sink.close?.();
  });

  it('keeps its address from who can read along, unless that is allowed', () => {
    const urlFile = fileWith(`http://chat.example${slackPath}`);
    const make = (more: object) =>
      createSlackSink({ name: 'chat', urlFile, timeoutMs: 1_000, clock: Date.now, ...more });
    expect(() => make({})).toThrow('not encrypted');
    expect(() => make({})).not.toThrow('s3cret');
    expect(make({ allowUnencrypted: true }).name).toBe('chat');
  });

  it('says of an address that is none where it is, not what it is', () => {
    const urlFile = fileWith('ftp://s3cret\n');
    const make = () => createSlackSink({ name: 'chat', urlFile, timeoutMs: 1, clock: Date.now });
    expect(make).toThrow(`${urlFile}: not an address`);
    expect(make).not.toThrow('s3cret');
  });
});

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createAlertmanagerSink } from '../../alerting/sinks/alertmanager.ts';
import { createEmailSink } from '../../alerting/sinks/email.ts';
import { createPagerdutySink } from '../../alerting/sinks/pagerduty.ts';
import { createSlackSink } from '../../alerting/sinks/slack.ts';
import { startAlertmanager } from '../support/alertmanager.ts';
import { asPagerduty, pagerdutyEventIn, pagerdutyKey, pagerdutyRefusal } from '../support/pagerduty.ts';
import { describeSinkChaos } from '../support/sink-chaos.ts';
import { asSlack, slackPath, slackUpdateIn } from '../support/slack.ts';
import { startSlowLink } from '../support/slow-link.ts';
import { startSmtpStub } from '../support/smtp-stub.ts';
import { type StubReceiver, startStubReceiver } from '../support/stub-receiver.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const directory = temporaryDirectory('chaos');
function fileWith(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describeSinkChaos('email', async () => {
  const server = await startSmtpStub();
  const link = await startSlowLink(server.port);
  const afresh = () =>
    createEmailSink({
      name: 'mail',
      host: '127.0.0.1',
      port: link.port,
      tls: 'none',
      from: 'moorwatch@example.com',
      to: ['soc@example.com'],
      timeoutMs: 1_000,
      clock: Date.now,
    });
  return {
    sink: afresh(),
    afresh,
    received: async () => server.mails.map(({ raw }) => /^X-Moorwatch-Update: (\S+)\r$/m.exec(raw)?.[1] ?? raw),
    goAway: link.down,
    comeBack: async () => {
      server.answers = {};
      await link.mend();
    },
    slow: async () => link.trickle(),
    refuse: async () => {
      server.answers = { '.': '554 5.7.1 no' };
    },
    secrets: [],
    close: async () => {
      await link.close();
      await server.goAway();
    },
  };
});

describeSinkChaos('alertmanager', async () => {
  const alertmanager = await startAlertmanager('route: {receiver: nobody}\nreceivers: [{name: nobody}]\n');
  // It refuses nothing that we send: what stands in front of it does, as a proxy may.
  let refuses = false;
  const forward = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      if (refuses) return void response.writeHead(400).end('no');
      const headers = { 'content-type': 'application/json' };
      const body = Buffer.concat(chunks).toString();
      const { status } = await fetch(new URL(request.url ?? '/', alertmanager.url), { method: 'POST', headers, body });
      response.writeHead(status).end();
    };
    pass().catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(forward, 'listening');
  const link = await startSlowLink((forward.address() as AddressInfo).port);
  const url = `http://127.0.0.1:${link.port}`;
  const afresh = () => createAlertmanagerSink({ name: 'am', url, timeoutMs: 1_000, holdMinutes: 60, clock: Date.now });
  return {
    sink: afresh(),
    afresh,
    // It keeps an alert once, however often it is told: what came twice is not seen here.
    received: async () => (await alertmanager.alerts()).map(({ annotations }) => annotations.update ?? ''),
    goAway: link.down,
    comeBack: async () => {
      refuses = false;
      await link.mend();
    },
    slow: async () => link.trickle(),
    refuse: async () => {
      refuses = true;
    },
    secrets: [],
    close: async () => {
      await link.close();
      forward.closeAllConnections();
      forward.close();
      await alertmanager.stop();
    },
  };
});

describeSinkChaos('pagerduty', async () => {
  const stub = await startStubReceiver(asPagerduty);
  const link = await startSlowLink(Number(new URL(stub.url).port));
  const routingKeyFile = fileWith('key', pagerdutyKey);
  const url = `http://127.0.0.1:${link.port}/v2/enqueue`;
  const afresh = () => createPagerdutySink({ name: 'pager', url, routingKeyFile, timeoutMs: 1_000, clock: Date.now });
  return {
    sink: afresh(),
    afresh,
    received: async () => taken(stub, 202).map((body) => String(pagerdutyEventIn(body).payload.custom_details.update)),
    goAway: link.down,
    comeBack: async () => {
      stub.answer = asPagerduty;
      await link.mend();
    },
    slow: async () => link.trickle(),
    refuse: async () => {
      stub.answer = { status: 400, body: pagerdutyRefusal };
    },
    secrets: [pagerdutyKey],
    close: async () => {
      await link.close();
      await stub.goAway();
    },
  };
});

describeSinkChaos('slack', async () => {
  const stub = await startStubReceiver(asSlack);
  const link = await startSlowLink(Number(new URL(stub.url).port));
  const urlFile = fileWith('address', `http://127.0.0.1:${link.port}${slackPath}\n`);
  const afresh = () => createSlackSink({ name: 'chat', urlFile, timeoutMs: 1_000, clock: Date.now });
  return {
    sink: afresh(),
    afresh,
    received: async () => taken(stub, 200).map(slackUpdateIn),
    goAway: link.down,
    comeBack: async () => {
      stub.answer = asSlack;
      await link.mend();
    },
    slow: async () => link.trickle(),
    refuse: async () => {
      stub.answer = { status: 400, body: 'invalid_payload' };
    },
    secrets: [slackPath],
    close: async () => {
      await link.close();
      await stub.goAway();
    },
  };
});

const taken = ({ requests }: StubReceiver, as: number): string[] =>
  requests.filter(({ status }) => status === as).map(({ body }) => body);

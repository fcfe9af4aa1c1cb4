import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAlertmanager } from './alertmanager.ts';
import { startBulkReceiver } from './bulk-receiver.ts';
import { startFalcosidekick } from './falcosidekick.ts';
import { asPagerduty, pagerdutyEventIn, pagerdutyKey } from './pagerduty.ts';
import { asSlack, slackPath, slackUpdateIn } from './slack.ts';
import { startSmtpStub } from './smtp-stub.ts';
import { collectorToken, startSplunkCollector } from './splunk-collector.ts';
import { startStubReceiver } from './stub-receiver.ts';
import { startTcpReceiver } from './syslog-receiver.ts';

/** A receiver, and the sink to it as somebody would configure it. */
export interface Receiver {
  /** As under `sinks.<name>`. */
  readonly config: object;
  /** Ids of the updates that it took, in their order. */
  ids(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const idOfCef = (text: string): string => / CEF:0\|.* externalId=(\S+) /.exec(text)?.[1] ?? text;

/** Receivers of one process each or of none, by name. @param directory where secrets and files of them may lie */
export const sinkReceivers: Readonly<Record<string, (directory: string) => Promise<Receiver>>> = {
  file: async (directory) => {
    const ids = async () =>
      readdirSync(directory)
        .filter((name) => name.includes('.ndjson'))
        .flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1))
        .map((line) => (JSON.parse(line) as { id: string }).id);
    const config = { type: 'file', path: join(directory, 'incidents.ndjson'), rotateMegabytes: 1, keep: 50 };
    return { config, ids, close: async () => undefined };
  },
  falco: async () => {
    const sidekick = await startFalcosidekick();
    const ids = async () => sidekick.payloads.map(({ output_fields }) => String(output_fields['moorwatch.update']));
    return { config: { type: 'webhook', format: 'falco', url: sidekick.url }, ids, close: sidekick.goAway };
  },
  ocsf: async () => {
    const stub = await startStubReceiver({ status: 204 });
    const ids = async () => stub.requests.map(({ headers }) => String(headers['idempotency-key']));
    return { config: { type: 'webhook', format: 'ocsf', url: stub.url }, ids, close: stub.goAway };
  },
  cef: async () => {
    const receiver = await startTcpReceiver();
    const config = { type: 'cef', url: `tcp://127.0.0.1:${receiver.port}` };
    return { config, ids: async () => receiver.messages.map(idOfCef), close: () => receiver.goAway() };
  },
  elasticsearch: async () => {
    const receiver = await startBulkReceiver();
    const config = { type: 'elasticsearch', url: receiver.stub.url };
    return { config, ids: async () => receiver.ids, close: receiver.stub.goAway };
  },
  splunk: async (directory) => {
    const collector = await startSplunkCollector();
    const config = { type: 'splunk', url: collector.stub.url, tokenFile: secret(directory, collectorToken) };
    const ids = async () => collector.events.map(({ event }) => (event as { id: string }).id);
    return { config, ids, close: collector.stub.goAway };
  },
  email: async () => {
    const server = await startSmtpStub();
    const ids = async () => server.mails.map(({ raw }) => /^X-Moorwatch-Update: (\S+)\r$/m.exec(raw)?.[1] ?? raw);
    const way = { host: '127.0.0.1', port: server.port, tls: 'none' };
    const config = { type: 'email', ...way, from: 'moorwatch@example.com', to: ['soc@example.com'] };
    return { config, ids, close: server.goAway };
  },
  // It keeps an alert once, however often it is told: what came twice is not seen here.
  alertmanager: async () => {
    const alertmanager = await startAlertmanager('route: {receiver: nobody}\nreceivers: [{name: nobody}]\n');
    const ids = async () => (await alertmanager.alerts()).map(({ annotations }) => annotations.update ?? '');
    return { config: { type: 'alertmanager', url: alertmanager.url }, ids, close: alertmanager.stop };
  },
  pagerduty: async (directory) => {
    const stub = await startStubReceiver(asPagerduty);
    const config = {
      type: 'pagerduty',
      url: `${stub.url}/v2/enqueue`,
      routingKeyFile: secret(directory, pagerdutyKey),
    };
    const ids = async () =>
      stub.requests
        .filter(({ status }) => status === 202)
        .map(({ body }) => String(pagerdutyEventIn(body).payload.custom_details.update));
    return { config, ids, close: stub.goAway };
  },
  slack: async (directory) => {
    const stub = await startStubReceiver(asSlack);
    const address = `${new URL(slackPath, stub.url).href}\n`;
    const ids = async () => stub.requests.filter(({ status }) => status === 200).map(({ body }) => slackUpdateIn(body));
    return { config: { type: 'slack', urlFile: secret(directory, address) }, ids, close: stub.goAway };
  },
};

function secret(directory: string, text: string): string {
  const path = join(directory, 'secret');
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

import { createAlertmanagerSink } from '../../alerting/sinks/alertmanager.ts';
import { createEmailSink } from '../../alerting/sinks/email.ts';
import { startAlertmanager } from '../support/alertmanager.ts';
import { describeSinkChaos } from '../support/sink-chaos.ts';
import { startSlowLink } from '../support/slow-link.ts';
import { startSmtpStub } from '../support/smtp-stub.ts';

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

describeSinkChaos(
  'alertmanager',
  async () => {
    const alertmanager = await startAlertmanager('route: {receiver: nobody}\nreceivers: [{name: nobody}]\n');
    const link = await startSlowLink(Number(new URL(alertmanager.url).port));
    const url = `http://127.0.0.1:${link.port}`;
    const afresh = () =>
      createAlertmanagerSink({ name: 'am', url, timeoutMs: 1_000, holdMinutes: 60, clock: Date.now });
    return {
      sink: afresh(),
      afresh,
      // It keeps an alert once, however often it is told: what came twice is not seen here.
      received: async () => (await alertmanager.alerts()).map(({ annotations }) => annotations.update ?? ''),
      goAway: link.down,
      comeBack: link.mend,
      slow: async () => link.trickle(),
      secrets: [],
      close: async () => {
        await link.close();
        await alertmanager.stop();
      },
    };
  },
  { without: ['refusing'] },
);

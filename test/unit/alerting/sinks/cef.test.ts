import { describe, expect, it } from 'vitest';
import { createCefSink } from '../../../../alerting/sinks/cef.ts';
import { createSink } from '../../../../alerting/sinks/index.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { eventually } from '../../../support/eventually.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { type SyslogReceiver, startTcpReceiver, startUdpReceiver } from '../../../support/syslog-receiver.ts';
import { update } from '../updates.ts';

const idOf = (message: string): string => / CEF:0\|.* externalId=(\S+) /.exec(message)?.[1] ?? message;

const worldOver = (scheme: 'tcp' | 'udp', start: () => Promise<SyslogReceiver>) => async () => {
  const receiver = await start();
  return {
    sink: createCefSink({
      name: 'siem',
      url: `${scheme}://127.0.0.1:${receiver.port}`,
      timeoutMs: 5_000,
      facility: 'local0',
      header: scheme === 'tcp' ? 'rfc5424' : 'rfc3164',
      version: '1.2.3',
    }),
    received: async () => (await receiver.settled()).map(idOf),
    goAway: () => receiver.goAway(),
    comeBack: () => receiver.comeBack(),
    secrets: [],
    close: () => receiver.goAway(),
  };
};

describe('the CEF sink over TCP', () => describeSinkCompliance(worldOver('tcp', startTcpReceiver)));
describe('the CEF sink over UDP', () => describeSinkCompliance(worldOver('udp', startUdpReceiver)));

it('is made as configured', async () => {
  const receiver = await startUdpReceiver();
  const url = `udp://127.0.0.1:${receiver.port}`;
  const { sinks } = configSchema.parse({ sinks: { siem: { type: 'cef', url, facility: 'user', header: 'rfc3164' } } });
  const sink = sinks.siem && createSink('siem', sinks.siem, { clock: Date.now, version: '1.2.3' });
  expect(await sink?.send(update(1), new AbortController().signal)).toEqual({ kind: 'delivered' });
  await eventually(() => receiver.messages.length === 1);
  expect(receiver.messages[0]).toMatch(/^<11>Jan {2}1 00:00:01 lab1 CEF:0\|Moorwatch\|Moorwatch\|1\.2\.3\|MNT-01\|/);
  await sink?.close?.();
  await receiver.goAway();
});

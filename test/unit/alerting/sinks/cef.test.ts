import { describe } from 'vitest';
import { createCefSink } from '../../../../alerting/sinks/cef.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { type SyslogReceiver, startTcpReceiver, startUdpReceiver } from '../../../support/syslog-receiver.ts';

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

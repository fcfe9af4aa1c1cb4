import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { probeBroker } from '../../../../../shared/bus/kafka/broker-probe.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
/** Says this on every connection, whatever it is asked. */
const saying = (bytes: Buffer | string) => createServer((socket) => socket.on('error', () => undefined).write(bytes));

describe('a port that is no Kafka', () => {
  test.each([
    ['a web server', () => createHttp((_, response) => response.end('hi')), 'began with "HTTP/1.1 400 Bad Request'],
    [
      'one that speaks first',
      () => saying('SSH-2.0-OpenSSH_9.2\r\n\u001b[2J'),
      'began with "SSH-2.0-OpenSSH_9.2\\r\\n\\u001b',
    ],
    ['a listener with TLS', () => saying(Buffer.from([0x15, 0x03, 0x03, 0, 2, 2, 10])), 'it speaks TLS'],
  ])('is told as such: %s', async (_, serve, told) => {
    const address = await listen(serve());
    const { problem } = await probeBroker({ brokers: [address], clientId: 'test' }, address);
    expect(problem?.message).toContain(`what listens at ${address} does not speak Kafka's protocol`);
    expect(problem?.message).toContain(told);
    expect(problem?.fix).toMatch(told === 'it speaks TLS' ? /kafka\.ssl\.enabled/ : /kafka\.brokers/);
  });
});

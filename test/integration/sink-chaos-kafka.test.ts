import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createKafkaSink } from '../../alerting/sinks/kafka.ts';
import { type SecureBroker, startBroker } from '../support/kafka/broker.ts';
import { createUserTopic } from '../support/kafka/user-topic.ts';
import { describeSinkChaos } from '../support/sink-chaos.ts';
import { startSlowLink } from '../support/slow-link.ts';

const directory = mkdtempSync(join(tmpdir(), 'moorwatch-kafka-chaos-'));
const passwordFile = join(directory, 'password');

let broker: SecureBroker;
let name = '';
let topics = 0;
beforeAll(async () => {
  broker = await startBroker({ secure: true });
  writeFileSync(passwordFile, broker.password('alerting'));
}, 240_000);
afterAll(async () => {
  await broker?.stop();
  rmSync(directory, { recursive: true });
});

const rightTo = (operation: 'WRITE' | 'DESCRIBE') => ({ on: 'topic', name, prefixed: false, operation }) as const;

describeSinkChaos(
  'kafka',
  async () => {
    topics += 1;
    name = `chaos-${topics}`;
    const topic = await createUserTopic(broker.address, { name });
    for (const operation of ['WRITE', 'DESCRIBE'] as const) await broker.allow('alerting', rightTo(operation));
    const link = await startSlowLink(Number(broker.saslAddress.split(':')[1]));
    const afresh = () =>
      createKafkaSink({
        name: 'events',
        brokers: [broker.saslAddress],
        clientId: 'moorwatch',
        connect: ({ host }) => connectTcp({ host, port: link.port }),
        topic: topic.name,
        timeoutMs: 2_000,
        ssl: { enabled: true, ca: broker.files.ca },
        sasl: { mechanism: 'scram-sha-512', username: 'alerting', passwordFile },
      });
    return {
      sink: afresh(),
      afresh,
      received: topic.ids,
      goAway: link.down,
      comeBack: async () => {
        await topic.limit(1_048_588);
        await link.mend();
      },
      slow: async () => link.trickle(),
      refuse: () => topic.limit(100),
      secrets: [broker.password('alerting')],
      close: link.close,
    };
  },
  {
    timeoutMs: 240_000,
    patientIn: ['down', 'flapping'],
    more: {
      'with a broker that is killed': async (untilFelt) => {
        await broker.kill();
        await untilFelt();
        await broker.restart();
      },
      'not allowed to write': async (untilFelt) => {
        await broker.revoke('alerting', rightTo('WRITE'));
        await untilFelt();
        await broker.allow('alerting', rightTo('WRITE'));
      },
    },
  },
);

import { expect, it } from 'vitest';
import { runSink } from '../../../../alerting/sinks/run.ts';
import type { Delivery } from '../../../../alerting/sinks/sink.ts';
import { createNotices } from '../../../../shared/bus/notices.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';
import { createMemoryBus } from '../../../support/memory-bus.ts';
import { incidentRecord, update } from '../updates.ts';

it('a sink says when it last delivered and since when it cannot; what is refused is not delivered', async () => {
  const bus = createMemoryBus();
  let now = 1_000;
  let answer: Delivery = { kind: 'refused', reason: 'no' };
  const running = runSink({
    bus,
    sink: { name: 'hook', send: async () => answer },
    type: 'webhook',
    telemetry: noTelemetry,
    notices: createNotices(noTelemetry, { name: 'lag', help: '', giveUp: () => undefined }),
    clock: () => now,
    backoff: { firstMs: 10, mostMs: 20 },
  });
  await bus.append('incidents', [incidentRecord(update(1))]);
  await expect
    .poll(() => running.status())
    .toEqual({
      name: 'hook',
      type: 'webhook',
      state: 'delivering',
      backlog: 0,
      since: 1_000,
    });
  answer = { kind: 'retry', reason: 'down' };
  await bus.append('incidents', [incidentRecord(update(2))]);
  const down = { state: 'retrying', lastError: 'down', retryingSince: 1_000, backlog: 1 };
  await expect.poll(() => running.status()).toMatchObject(down);
  now = 2_000;
  await expect.poll(() => running.status()).toMatchObject(down);
  answer = { kind: 'delivered' };
  await expect.poll(() => running.status()).toMatchObject({ state: 'delivering', lastDelivered: 2_000, backlog: 0 });
  expect(await running.status()).not.toHaveProperty('retryingSince');
  await running.stop();
  await bus.close();
});

import { expect, it } from 'vitest';
import { runSink } from '../../../../alerting/sinks/run.ts';
import type { Delivery } from '../../../../alerting/sinks/sink.ts';
import { createNotices } from '../../../../shared/bus/notices.ts';
import { canaryHeader } from '../../../../shared/canary.ts';
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

it('a sink says which hosts send no canary through it', async () => {
  const minute = 60_000;
  let now = 0;
  const bus = createMemoryBus({ clock: () => now });
  const hosts = [1, 2, 3].map((n) => ({ id: `h${n}`, name: `harbour-${n}` }));
  const running = runSink({
    bus,
    sink: { name: 'hook', send: async () => ({ kind: 'delivered' }) },
    type: 'webhook',
    telemetry: noTelemetry,
    notices: createNotices(noTelemetry, { name: 'lag', help: '', giveUp: () => undefined }),
    clock: () => now,
    canaries: { everyMs: 15 * minute, hosts: () => hosts },
  });
  expect(await running.status()).not.toHaveProperty('overdue');
  now = 40 * minute;
  const canary = (n: number) => ({
    key: `h${n}`,
    value: JSON.stringify({ type: 'canary', id: `c${n}`, at: now, host: hosts[n - 1] }),
    headers: { [canaryHeader]: `c${n}` },
    at: now,
  });
  await bus.append('incidents', [canary(1), canary(3)]);
  await expect
    .poll(() => running.status())
    .toMatchObject({ canary: { at: now }, overdue: { hosts: [{ name: 'harbour-2', since: 0 }], more: 0 } });
  expect(running.overdue?.().hosts).toHaveLength(1);
  await running.stop();
  await bus.close();
});

import { expect, it, vi } from 'vitest';
import { startCollector } from '../../../collector/main.ts';
import { topic } from '../../../shared/bus/topics.ts';
import { configSchema } from '../../../shared/config/schema.ts';
import type { Happening } from '../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { createMemoryBus } from '../../support/memory-bus.ts';

it.each([
  ['unix:///nowhere/docker.sock', 'there is no socket', 'start Docker'],
  ['ssh://root@host', 'over ssh are not supported', 'ssh -L'],
])('without an engine at %s it runs, says so with what to do, and publishes it', async (host, reason, fix) => {
  const bus = createMemoryBus({ partitions: 4 });
  const happenings: Happening[] = [];
  const collector = await startCollector({
    config: configSchema.parse({ engine: { procfs: '', rootfs: '' } }),
    bus,
    telemetry: { ...noTelemetry, happened: (happening) => void happenings.push(happening) },
    endpointInputs: { host },
    redactionKey: 'key',
  });
  const lines = () => happenings.filter(({ name }) => name === 'engineUnreachable');
  await vi.waitFor(() => expect(lines()).not.toEqual([]));
  expect(JSON.stringify(lines())).toContain(fix);
  await collector.stop();
  expect(lines()).toHaveLength(1);
  const [status] = bus.all(topic.status);
  const body: unknown = JSON.parse(status?.value ?? '');
  expect(body).toMatchObject({ part: 'collector', connected: false, coverage: { engine: 'none', procfs: 'none' } });
  expect(JSON.stringify(body)).toContain(reason);
  expect(bus.all(topic.observations)).toEqual([]);
});

async function sensorsWith(sensors: object): Promise<Readonly<Record<string, string>>> {
  const collector = await startCollector({
    config: configSchema.parse({ engine: { procfs: '', rootfs: '' }, sensors }),
    bus: createMemoryBus({ partitions: 4 }),
    telemetry: noTelemetry,
    endpointInputs: { host: 'unix:///nowhere/docker.sock' },
    redactionKey: 'key',
  });
  const states = collector.status().sensors;
  await collector.stop();
  return states;
}

it('without /proc the sensors that need it say that they cannot work, and the others run', async () => {
  expect(await sensorsWith({})).toMatchObject({ lifecycle: 'running', daemon: 'running', processes: 'unavailable' });
});

it.each(Object.keys(configSchema.parse({}).sensors))('sensors.%s.enabled switches this sensor off', async (setting) => {
  const name = setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const on = await sensorsWith({ [setting]: { enabled: true } });
  expect(on[name]).toBeDefined();
  // The names of destinations come and go with the names that are asked for.
  const itsOwn = name === 'dns' ? ['dns', 'dns-answers'] : name === 'connections' ? [name, 'dns-answers'] : [name];
  const others = Object.fromEntries(Object.entries(on).filter(([sensor]) => !itsOwn.includes(sensor)));
  expect(await sensorsWith({ [setting]: { enabled: false } })).toEqual(others);
});

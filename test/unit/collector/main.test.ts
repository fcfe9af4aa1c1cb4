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

const switchable = {
  daemon: 'daemon',
  connections: 'connections',
  changes: 'changes',
  unknownContainers: 'unknown-containers',
  apiSockets: 'api-sockets',
  mounts: 'mounts',
  processes: 'processes',
  resources: 'resources',
};
const always = ['gaps', 'lifecycle', 'images', 'configuration', 'exec', 'heartbeat', 'stops'];

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
  const states = await sensorsWith({});
  const running = Object.keys(states).filter((name) => states[name] === 'running');
  expect(running).toEqual([...always, 'daemon', 'changes', 'resources']);
  expect(Object.keys(states).sort()).toEqual([...always, ...Object.values(switchable)].sort());
});

it.each(Object.entries(switchable))('sensors.%s.enabled switches %s off, and no other', async (setting, name) => {
  const states = await sensorsWith({ [setting]: { enabled: false } });
  const others = Object.values(switchable).filter((other) => other !== name);
  expect(Object.keys(states).sort()).toEqual([...always, ...others].sort());
});

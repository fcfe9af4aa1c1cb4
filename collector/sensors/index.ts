import type { Config } from '../../shared/config/schema.ts';
import type { Sensor } from '../sensor.ts';
import type { SensorMeans } from '../sensor-means.ts';
import { createApiSocketsSensor } from './api-sockets.ts';
import { createCanarySensor } from './canary.ts';
import { tellsCost } from './changes/cost.ts';
import { createChangesSensor } from './changes.ts';
import { createConfigurationSensor } from './configuration.ts';
import { createConnectionsSensor } from './connections.ts';
import { createDaemonSensor } from './daemon.ts';
import { createDnsSensor } from './dns.ts';
import { createDnsAnswersSensor } from './dns-answers.ts';
import { createExecSensor } from './exec.ts';
import { createGapSensor } from './gaps.ts';
import { createHeartbeatSensor } from './heartbeat.ts';
import { createImagesSensor } from './images.ts';
import { createLifecycleSensor } from './lifecycle.ts';
import { createMountsSensor } from './mounts.ts';
import { declaredMounts } from './mounts-explained.ts';
import { createProcessesSensor } from './processes.ts';
import { createResourcesSensor } from './resources.ts';
import { marked } from './self.ts';
import { createStopsSensor } from './stops.ts';
import { createUnknownSensor } from './unknown.ts';

/**
 * All sensors, in the order in which they speak of one event: what happened, what it may do, who ran what. `settings`: of those that can be switched
 * off; each gets its own along with the means.
 */
export function createSensors(settings: Config['sensors'], means: SensorMeans): readonly Sensor[] {
  const { own, client, container, living } = means;
  const ifEnabled = <S extends { readonly enabled: boolean }>(
    set: S,
    create: (options: SensorMeans & S) => Sensor,
  ): readonly Sensor[] => (set.enabled ? [create({ ...means, ...set })] : []);
  return [
    createGapSensor(means),
    marked(createLifecycleSensor(means), own),
    createImagesSensor(means),
    createConfigurationSensor(means),
    marked(createExecSensor(means), own),
    createHeartbeatSensor(means),
    ...ifEnabled(settings.canary, createCanarySensor),
    createStopsSensor({ ...means, containers: living, engine: client }),
    ...ifEnabled(settings.daemon, (options) =>
      createDaemonSensor({
        ...options,
        recall: () => means.recall('daemon'),
        remember: (note) => means.remember('daemon', note),
      }),
    ),
    ...ifEnabled(settings.connections, createConnectionsSensor),
    ...ifEnabled(settings.changes, (options) => createChangesSensor({ ...options, told: tellsCost(means.telemetry) })),
    ...ifEnabled(settings.unknownContainers, createUnknownSensor),
    ...ifEnabled(settings.apiSockets, createApiSocketsSensor),
    ...ifEnabled(settings.mounts, (options) =>
      createMountsSensor({ ...options, declared: (id) => declaredMounts(container(id)) }),
    ),
    ...ifEnabled(settings.processes, (options) =>
      createProcessesSensor({ ...options, configuration: (id) => container(id)?.snapshot.container }),
    ),
    ...ifEnabled(settings.dns, createDnsSensor),
    ...(settings.connections.enabled ? ifEnabled(settings.dns, createDnsAnswersSensor) : []),
    ...ifEnabled(settings.resources, createResourcesSensor),
  ];
}

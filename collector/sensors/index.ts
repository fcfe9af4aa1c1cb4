import type { Sensor } from '../sensor.ts';
import { type ApiSocketsOptions, createApiSocketsSensor } from './api-sockets.ts';
import type { Creators } from './api-sockets-creators.ts';
import { type ChangesOptions, createChangesSensor } from './changes.ts';
import { createConfigurationSensor } from './configuration.ts';
import { type ConnectionsOptions, createConnectionsSensor } from './connections.ts';
import { createDaemonSensor, type DaemonOptions } from './daemon.ts';
import { createExecSensor } from './exec.ts';
import { createGapSensor } from './gaps.ts';
import { createHeartbeatSensor, type HeartbeatOptions } from './heartbeat.ts';
import { createImagesSensor } from './images.ts';
import { createLifecycleSensor } from './lifecycle.ts';
import { createMountsSensor, type MountsOptions } from './mounts.ts';
import { createProcessesSensor, type ProcessesOptions } from './processes.ts';
import { createResourcesSensor, type ResourcesOptions } from './resources.ts';
import { marked, type OwnContainer } from './self.ts';
import { createStopsSensor, type StopsOptions } from './stops.ts';
import { createUnknownSensor, type UnknownOptions } from './unknown.ts';

export type SensorOptions = Parameters<typeof createExecSensor>[0] & {
  readonly heartbeat: HeartbeatOptions;
  /** undefined: switched off in the configuration. */
  readonly connections: ConnectionsOptions | undefined;
  readonly unknownContainers: UnknownOptions | undefined;
  readonly creators: Creators;
  readonly apiSockets: ApiSocketsOptions | undefined;
  readonly mounts: MountsOptions | undefined;
  readonly changes: ChangesOptions | undefined;
  readonly processes: ProcessesOptions | undefined;
  readonly resources: ResourcesOptions | undefined;
  readonly daemon: DaemonOptions | undefined;
  readonly stops: StopsOptions;
  readonly own: OwnContainer;
};

/** All sensors, in the order in which they speak of one event: what happened, what it may do, who ran what. */
export function createSensors(options: SensorOptions): readonly Sensor[] {
  return [
    createGapSensor(options),
    marked(createLifecycleSensor(options), options.own),
    createImagesSensor(options),
    createConfigurationSensor(options),
    marked(createExecSensor(options), options.own),
    createHeartbeatSensor(options.heartbeat),
    createStopsSensor(options.stops),
    ...(options.daemon === undefined ? [] : [createDaemonSensor(options.daemon)]),
    ...(options.connections === undefined ? [] : [createConnectionsSensor(options.connections)]),
    ...(options.changes === undefined ? [] : [createChangesSensor(options.changes)]),
    ...(options.unknownContainers === undefined ? [] : [createUnknownSensor(options.unknownContainers)]),
    ...(options.apiSockets === undefined ? [] : [createApiSocketsSensor(options.apiSockets)]),
    ...(options.mounts === undefined ? [] : [createMountsSensor(options.mounts)]),
    ...(options.processes === undefined ? [] : [createProcessesSensor(options.processes)]),
    ...(options.resources === undefined ? [] : [createResourcesSensor(options.resources)]),
  ];
}

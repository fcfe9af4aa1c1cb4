import { z } from 'zod';
import { deriveId } from '../shared/hash.ts';
import type { HostRef, Observation } from '../shared/observation.ts';
import { createTable, entityKey, type Restored, type Table } from './table.ts';

/** A host without a heartbeat for so long (record time) is a gap. */
export const silentAfterMs = 30_000;
/** Half-way there the log has to show that somebody could append at all. */
const doubtAfterMs = 15_000;
/**
 * When a host is in doubt, and when its silence is due, the partition's owner appends a tick. A first record so much later says that nobody
 * could append: the brokers were away, for the hosts as well, and what they kept meanwhile comes now. So they get their time once more, and
 * only once, because an owner whose clock is behind the log's ticks late every time.
 */
const tickLateMs = 5_000;
/** A host that stays silent for so long is forgotten. */
const forgetAfterMs = 7 * 24 * 3_600_000;
const hostsPerPartition = 4_096;

const hostSchema = z.object({
  host: z.object({ id: z.string(), name: z.string() }),
  /** Id, `at` and `logged` of the last heartbeat. */
  heartbeat: z.string(),
  at: z.number(),
  logged: z.number(),
  /** When silence becomes a gap; absent when the host said it stops, or the gap was told. */
  silentAt: z.number().optional(),
  /** When the host is in doubt; absent when that was passed in time. */
  doubtAt: z.number().optional(),
  /** Sensors that ran at the last heartbeat. */
  running: z.array(z.string()).optional(),
  /** The silence was put down to the log once already. */
  forgiven: z.boolean().optional(),
});
type Host = z.infer<typeof hostSchema>;

/** Which hosts live in this partition and whether they still speak. */
export interface Heartbeats {
  /** Takes a heartbeat; returns what it says of sensors that ran until now. */
  beat(observation: Observation, now: number): readonly Observation[];
  /** Gap observations of the hosts that fell silent by `now`. */
  silent(now: number): readonly Observation[];
  hosts(): readonly HostRef[];
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>;
}

export function createHeartbeats(restored: Restored): Heartbeats {
  const table = createTable<Host>({
    ...restored,
    part: 'heartbeat',
    parse: (value) => hostSchema.parse(value),
    cap: hostsPerPartition,
    worth: (host) => host.logged,
    wake: (host) => host.doubtAt ?? host.silentAt ?? host.logged + forgetAfterMs,
  });
  return {
    beat(observation, now) {
      const stopping = observation.heartbeat?.stopping === true;
      const key = entityKey(observation.host.id, 'heartbeat');
      const before = table.get(key)?.running ?? [];
      const { sensors = {} } = observation.heartbeat ?? {};
      table.set(key, {
        host: { id: observation.host.id, name: observation.host.name },
        heartbeat: observation.id,
        at: observation.at,
        logged: now,
        running: runningIn(sensors),
        ...(stopping ? {} : deadlines(now)),
      });
      return before.flatMap((name) => sensorStopped(observation, name));
    },
    silent(now) {
      const gaps: Observation[] = [];
      for (let due = table.due(now); due !== undefined; due = table.due(now)) {
        const [key, host] = due;
        const { doubtAt, silentAt, ...rest } = host;
        if (silentAt === undefined) table.delete(key);
        else if (host.forgiven !== true && now - (doubtAt ?? silentAt) > tickLateMs)
          table.set(key, { ...rest, ...deadlines(now), forgiven: true });
        else if (doubtAt !== undefined) table.set(key, { ...rest, silentAt });
        else {
          gaps.push(silenceOf(host, silentAt));
          table.set(key, rest);
        }
      }
      return gaps;
    },
    hosts: () => table.all().map(([, host]) => host.host),
    table,
  };
}

const deadlines = (now: number): Pick<Host, 'doubtAt' | 'silentAt'> => ({
  doubtAt: now + doubtAfterMs,
  silentAt: now + silentAfterMs,
});

const mostSensors = 100;

const runningIn = (sensors: Readonly<Record<string, string>>): string[] =>
  Object.entries(sensors)
    .filter(([, state]) => state === 'running')
    .map(([name]) => name)
    .sort()
    .slice(0, mostSensors);

/** MON-03: one that is not named any more was switched off with a restart; one that says what stops it has stopped by itself, or was made to. */
function sensorStopped({ id, at, host, heartbeat }: Observation, name: string): readonly Observation[] {
  const state = heartbeat?.sensors[name];
  if (state === undefined || state === 'running') return [];
  return [
    {
      id: deriveId('sensor-stopped', id, name),
      kind: 'monitor',
      at,
      event: { source: 'monitor', action: 'sensor_stopped' },
      host: { id: host.id, name: host.name },
      monitor: { sensor: { name, state } },
    },
  ];
}

function silenceOf(host: Host, silentAt: number): Observation {
  return {
    id: deriveId('gap', host.host.id, 'heartbeat-silent', host.heartbeat),
    kind: 'gap',
    at: silentAt,
    event: { source: 'monitor', action: 'gap' },
    host: host.host,
    gap: {
      from: host.at,
      to: silentAt,
      reason: 'heartbeat-silent',
      scope: ['events', 'exec', 'connections', 'resources'],
      text: `no heartbeat from host ${host.host.name} for ${silentAfterMs / 1000} s: nothing that happens there is seen`,
    },
  };
}

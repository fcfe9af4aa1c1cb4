import { type CanaryRecord, canaryPatienceMs } from '../../shared/canary.ts';
import { isRecord } from '../../shared/observation.ts';
import type { ProcessStatus } from '../feed/status-board.ts';

/** A host that is to send canaries. */
export interface CanaryHost {
  readonly id: string;
  readonly name: string;
}

/** Hosts of which no canary has reached a sink for too long. */
export interface OverdueCanaries {
  /** Longest first. `since`: when its last canary came into the log of incidents, or since when one is expected, ms. */
  readonly hosts: readonly (CanaryHost & { readonly since: number })[];
  /** How many more there are. */
  readonly more: number;
}

/** Which canaries have reached one sink of this process. Times are ms; bounded by the hosts that are expected. */
export interface CanaryBook {
  /** @param logged when it came into the log of incidents: what its collector has for the time may be minutes off */
  came(canary: Pick<CanaryRecord, 'host'>, logged: number): void;
  /** From now on canaries of that partition of `incidents` come here. */
  assigned(partition: number): void;
  revoked(partition: number): void;
  overdue(expected: Expected): OverdueCanaries;
}

export interface Expected {
  readonly hosts: readonly CanaryHost[];
  /** In which partition of `incidents` a host's canaries are. */
  partitionOf(host: string): number;
  readonly now: number;
}

const mostNamed = 10;

/** @param everyMs how often each host tells one */
export function createCanaryBook(everyMs: number): CanaryBook {
  const owned = new Set<number>();
  /** By host: when its last canary here was logged, or since when one is expected. */
  const last = new Map<string, number>();
  return {
    came: ({ host }, logged) => void last.set(host.id, logged),
    assigned: (partition) => void owned.add(partition),
    revoked: (partition) => void owned.delete(partition),
    overdue({ hosts, partitionOf, now }) {
      const overdue: OverdueCanaries['hosts'][number][] = [];
      const expected = new Set(hosts.map(({ id }) => id));
      // Whoever was taken from the list of hosts is forgotten here, too.
      for (const id of last.keys()) if (!expected.has(id)) last.delete(id);
      for (const { id, name } of hosts) {
        if (!owned.has(partitionOf(id))) {
          // Another process has them now; when they come back here, what was known is old.
          last.delete(id);
          continue;
        }
        const since = last.get(id) ?? now;
        last.set(id, since);
        if (now - since > canaryPatienceMs(everyMs)) overdue.push({ id, name, since });
      }
      overdue.sort((a, b) => a.since - b.since || a.id.localeCompare(b.id));
      return { hosts: overdue.slice(0, mostNamed), more: Math.max(0, overdue.length - mostNamed) };
    },
  };
}

/** The hosts whose collector tells canaries, by what collectors say of themselves: one that stopped in order is none, one that is gone is, for days. */
export function canaryHosts(processes: readonly ProcessStatus[]): readonly CanaryHost[] {
  return processes.flatMap(({ status: { part, sensors, host, stopped } }) =>
    part === 'collector' &&
    stopped !== true &&
    isRecord(sensors) &&
    sensors.canary !== undefined &&
    isRecord(host) &&
    typeof host.id === 'string' &&
    typeof host.name === 'string'
      ? [{ id: host.id, name: host.name }]
      : [],
  );
}

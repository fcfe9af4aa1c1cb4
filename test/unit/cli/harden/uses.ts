import type { Judging } from '../../../../cli/harden/judging.ts';
import { propose } from '../../../../cli/harden/propose.ts';
import type { UseDestination, WorkloadUse } from '../../../../shared/harden/use.ts';

export const hour = 3_600_000;
export const began = Date.UTC(2026, 0, 2);

export const configured = (more: Partial<NonNullable<WorkloadUse['configuration']>> = {}) => ({
  at: began,
  container: 'shop-web-1',
  image: 'acme/web:1',
  project: 'shop',
  service: 'web',
  user: '',
  uid: 0,
  privileged: false,
  capabilities: { added: [], effective: ['CAP_CHOWN', 'CAP_SETUID'] },
  readOnly: false,
  noNewPrivileges: false,
  networkMode: 'private',
  networks: [{ name: 'shop_back', id: 'n1' }],
  limits: { pids: 0, memory: 0 },
  published: [],
  mounts: [],
  tmpfs: [],
  ...more,
});

export const destination = (more: Partial<UseDestination> = {}): UseDestination => ({
  ip: '203.0.113.7',
  port: 443,
  transport: 'tcp',
  scope: 'public',
  isHost: false,
  owner: 'own',
  first: began,
  last: began + hour,
  count: 1,
  ...more,
});

/** A workload that was watched for two days by all sensors: root, one port, one file below /tmp, nothing connected to. */
export function workloadUse(more: Partial<WorkloadUse> = {}): WorkloadUse {
  const sensors = ['processes', 'connections', 'changes', 'resources'];
  return {
    host: { id: 'h1', name: 'anchor' },
    workload: { id: 'abcdef0123', name: 'shop/web' },
    time: { first: began, last: began + 48 * hour, watchedMs: 48 * hour, starts: 1, containers: 1, leftOut: 0 },
    heartbeats: 100,
    sensors: Object.fromEntries(sensors.map((name) => [name, { running: 100, last: 'running' }])),
    gaps: [],
    configuration: configured(),
    processes: {
      seen: 4,
      ofExecs: 0,
      withRights: 4,
      users: [{ uid: 0, count: 4 }],
      effective: ['CAP_CHOWN', 'CAP_NET_BIND_SERVICE'],
      implied: [],
      likely: [],
      gained: [],
    },
    files: { looks: 1, lastLook: began + 40 * hour, paths: [], executed: [], leftOut: 0 },
    network: {
      addresses: [{ ip: '172.18.0.2', container: 'a', running: true, last: began }],
      listens: [],
      egress: [],
      ingress: { fromContainers: 1, fromOutside: 0 },
      leftOut: 0,
    },
    resources: {
      readings: 100,
      first: began,
      last: began + 48 * hour,
      pids: { value: 30, at: began },
      memory: { value: 100 * 2 ** 20, at: began },
    },
    ...more,
  };
}

export const proposalOf = (use: Partial<WorkloadUse> = {}, more: Partial<Judging> = {}) =>
  propose({ use: workloadUse(use), minHours: 24, anyway: false, ...more });

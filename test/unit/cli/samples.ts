import type { HostSight } from '../../../cli/coverage.ts';
import type { Evidence } from '../../../shared/evidence.ts';
import type { Suppression } from '../../../shared/suppression.ts';
import { finding } from '../alerting/finding-records.ts';
import { update } from '../alerting/updates.ts';

const remark = { at: 2, by: 'sam', note: 'a note' };
const incident = update(1, {
  status: 'closed',
  acknowledgement: remark,
  notes: [remark],
  closedAt: 3,
  closedBy: 'sam',
  closeReason: 'over',
  techniques: ['T1611'],
  tactics: ['execution'],
}).incident;

/** Evidence with every part. */
export const evidence: Evidence = {
  incident,
  window: { from: 0, to: 10 },
  read: { observations: 3, oldest: 1 },
  configuration: {
    at: 1,
    container: { command_line: 'sh', user: 'root', caps: ['CAP_SYS_ADMIN'], namespaces: ['host'], networks: ['n'] },
    mounts: [{ source: '/', destination: '/host', type: 'bind', mode: 'rw' }],
  },
  timeline: [
    { at: 1, lastAt: 1, count: 1, kind: 'exec', about: 'container', text: 'exec: sh' },
    { at: 2, lastAt: 5, count: 3, kind: 'exec', about: 'sibling', container: 'web-2', text: 'exec: ls' },
  ],
  leftOut: 2,
  processes: [{ pid: 1, depth: 0, at: 1, command: 'sh', user: 'root', origin: 'init' }],
  connections: [{ direction: 'out', transport: 'tcp', peer: '192.0.2.1:443 (a)', count: 1, at: 1, lastAt: 1 }],
  actors: [{ at: 1, count: 2, what: 'exec', who: 'somebody', certainty: 'possible' }],
  resources: { readings: 1, cpuPercent: 1, memoryBytes: 1, pids: 1 },
  baselines: [{ feature: 'exec-commands', state: 'steady', mode: 'learn' }],
};

export const sight: HostSight = {
  host: { id: 'h', name: 'lab' },
  tiers: [{ tier: 'engine', state: 'ok', rows: ['CFG-01'] }],
  unseen: [{ why: 'no sensor', rows: ['KRN-01'] }],
  missing: ['may not read /proc'],
  containers: [
    {
      id: 'c',
      name: 'web',
      image: 'nginx',
      imageId: 'sha256:1',
      configHash: 'h',
      paused: true,
      seen: 3,
      unseen: [{ why: 'paused', rows: ['EXE-01'] }],
    },
  ],
  untold: 1,
};

const suppression: Suppression = {
  id: 's1',
  host: { id: 'h1', name: 'lab1' },
  scope: { rule: 'rule-1', workload: 'w', fields: { 'exec.command': 'sh' } },
  owner: 'sam',
  reason: 'known',
  createdAt: 1,
  expiresAt: 2,
  suppressed: 1,
  worst: 'low',
  told: 0,
};

const sink = { name: 'siem', type: 'webhook', state: 'retrying', backlog: 3, lastError: 'away', lastDelivered: 1 };
const alerting = {
  process: 'alerting/lab',
  silentMs: 0,
  gone: false,
  status: { part: 'alerting', sinks: [sink], metrics: [], url: 'http://127.0.0.1:1' },
};
const collector = {
  process: 'collector/lab',
  silentMs: 0,
  gone: false,
  status: {
    part: 'collector',
    connected: false,
    host: { id: 'h', name: 'lab' },
    engine: '20.10',
    problem: { reason: 'away', fix: 'start it' },
    sensors: { procfs: 'ok' },
    coverage: { host: 'ok' },
    missing: ['something'],
  },
};
const board = { processes: [alerting, collector] };
const letter = {
  place: 'p',
  at: 1,
  reason: 'no',
  whole: true,
  incident: { id: 'i', version: 1, title: 'a title', severity: 'high' },
};
const baseline = {
  host: { id: 'h', name: 'lab' },
  workload: { id: 'w', name: 'web' },
  feature: 'exec-commands',
  state: 'learning',
  mode: 'learn',
  items: 3,
  missing: ['a day more'],
  phases: { steady: { since: 1 } },
};
const decision = {
  id: 'd',
  status: 'refused',
  at: 1,
  host: { id: 'h', name: 'lab' },
  actor: { name: 'sam', role: 'administer' },
  reason: 'because',
  order: { type: 'approve', workload: 'w' },
  text: 'no such item',
};

interface Sample {
  readonly command: readonly string[];
  /** Of the API, by the beginning of a path. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** As the API would let somebody name it; default: any text. */
  readonly admitted?: (text: string) => string;
  /** What `--json` prints, one a line, where that is what the API answered. */
  readonly entries?: (answers: Readonly<Record<string, unknown>>) => unknown;
}

const member = (path: string, name: string) => (answers: Readonly<Record<string, unknown>>) =>
  (answers[path] as Readonly<Record<string, unknown>>)[name];

/** Commands that show what an API answers. */
export const commands: readonly Sample[] = [
  {
    command: ['incidents'],
    answers: { '/api/v1/incidents': { total: 2, incidents: [incident, update(2).incident] } },
    entries: member('/api/v1/incidents', 'incidents'),
  },
  {
    command: ['findings'],
    answers: { '/api/v1/findings': { findings: [finding('a'), finding('b', { kind: 'deviation' })], cursor: 'c' } },
    entries: member('/api/v1/findings', 'findings'),
  },
  {
    command: ['suppressions', 'list'],
    answers: { '/api/v1/suppressions': { suppressions: [suppression] } },
    admitted: (text) =>
      text
        .replace(/\p{Cs}/gu, '')
        .slice(0, 60)
        .replace(/\p{Cs}/gu, '') || 'x',
    entries: member('/api/v1/suppressions', 'suppressions'),
  },
  {
    command: ['baselines', 'list'],
    answers: { '/api/v1/baselines': { baselines: [baseline] } },
    entries: member('/api/v1/baselines', 'baselines'),
  },
  {
    command: ['baselines', 'decisions'],
    answers: { '/api/v1/decisions': { decisions: [decision] } },
    entries: member('/api/v1/decisions', 'decisions'),
  },
  { command: ['sinks', 'list'], answers: { '/api/v1/status': board } },
  {
    command: ['sinks', 'rejected', 'siem'],
    answers: { '/api/v1/sinks/siem/rejected': { rejected: [letter], more: 1 } },
    entries: member('/api/v1/sinks/siem/rejected', 'rejected'),
  },
  { command: ['status'], answers: { '/api/v1/status': board, '/api/v1/incidents': { total: 1, incidents: [] } } },
];

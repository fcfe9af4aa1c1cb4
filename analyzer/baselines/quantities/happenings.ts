import type { Observation } from '../../../shared/observation.ts';
import type { Measure, PatternQuantity, RateQuantity } from './quantity.ts';
import { hourOf, hourOfWeek } from './time.ts';

const one = (fields: Measure['fields'], text?: string): readonly Measure[] => [
  { value: 1, fields, ...(text === undefined ? {} : { text }) },
];

const counted = (count: number, [single, plural]: readonly [string, string]): string =>
  count === 1 ? `one ${single}` : `${count} ${plural}`;

/** An exec that people or programs asked for; health checks are the engine's own. */
function execOf({ kind, event, exec }: Observation): Observation['exec'] | undefined {
  return kind === 'exec' && event.action === 'exec_start' && exec?.is_healthcheck === false ? exec : undefined;
}

const execs: RateQuantity = {
  kind: 'rate',
  name: 'execs',
  least: 10,
  measures: (observation) => {
    const exec = execOf(observation);
    return exec === undefined ? [] : one({ 'exec.command': exec.command, 'exec.user': exec.user });
  },
  sentence: (count) => `had ${counted(count, ['command', 'commands'])} run in it by exec`,
  rule: {
    id: 'aae2ffea-7336-45a4-92b9-c148b3df732c',
    title: 'More commands run by exec than in any hour before',
    catalogue: [],
    severity: 'low',
    techniques: ['T1609'],
    tactics: ['execution'],
    tier: 'engine',
    kinds: ['exec'],
  },
};

const isEgress = ({ kind, network }: Observation): boolean =>
  kind === 'connection' && network?.direction === 'egress' && network.transport !== 'unix';

const destinationFields = ({ destination }: Observation): Measure['fields'] => ({
  'destination.ip': destination?.ip,
  'destination.port': destination?.port,
});

const connections: RateQuantity = {
  kind: 'rate',
  name: 'connections',
  least: 30,
  measures: (observation) => (isEgress(observation) ? one(destinationFields(observation)) : []),
  sentence: (count) => `made ${counted(count, ['connection', 'connections'])}`,
  rule: {
    id: '53cf5f74-e37f-4329-93eb-d9f9f90bff50',
    title: 'More connections than in any hour before',
    catalogue: [],
    severity: 'low',
    techniques: ['T1071'],
    tactics: ['command-and-control'],
    tier: 'procfs',
    kinds: ['connection'],
  },
};

const newDestinations: RateQuantity = {
  kind: 'rate',
  name: 'new-destinations',
  least: 10,
  measures: (observation) =>
    isEgress(observation) && observation.network?.first_time === true ? one(destinationFields(observation)) : [],
  sentence: (count) => `connected to ${counted(count, ['destination', 'destinations'])} for the first time`,
  rule: {
    id: 'd80ae0e0-50d5-45ca-a811-81a19aecec12',
    title: 'More new destinations than in any hour before',
    catalogue: ['NET-05'],
    severity: 'low',
    techniques: ['T1046'],
    tactics: ['discovery'],
    tier: 'procfs',
    kinds: ['connection'],
  },
};

const lifecycleRule = {
  catalogue: [],
  severity: 'low',
  techniques: [],
  tactics: [],
  tier: 'engine',
  kinds: ['container_lifecycle'],
} as const;

const isLifecycle = ({ kind, event }: Observation, action: string): boolean =>
  kind === 'container_lifecycle' && event.action === action;

const starts: RateQuantity = {
  kind: 'rate',
  name: 'starts',
  least: 5,
  measures: (observation) => (isLifecycle(observation, 'start') ? one({ 'event.action': 'start' }) : []),
  sentence: (count) => `had ${counted(count, ['start', 'starts'])} of containers`,
  rule: {
    ...lifecycleRule,
    id: 'd253e1df-2dc1-49ae-a58c-22200814086a',
    title: 'More starts of containers than in any hour before',
  },
};

/** Of a `die`; the engine's word, never a label's (N8). */
function exitCodeOf(observation: Observation): string | undefined {
  const code = isLifecycle(observation, 'die') ? observation.docker?.attributes?.exitCode : undefined;
  return code !== undefined && /^\d{1,3}$/.test(code) ? code : undefined;
}

const exits: RateQuantity = {
  kind: 'rate',
  name: 'exits',
  least: 5,
  measures: (observation) => (isLifecycle(observation, 'die') ? one({ 'event.action': 'die' }) : []),
  sentence: (count) => `had ${counted(count, ['container', 'containers'])} end`,
  rule: {
    ...lifecycleRule,
    id: '67f67805-d345-4a0f-9130-f34d1753378c',
    title: 'More ends of containers than in any hour before',
  },
};

const failures: RateQuantity = {
  kind: 'rate',
  name: 'failures',
  least: 5,
  measures: (observation) => {
    const code = exitCodeOf(observation);
    return code === undefined || code === '0' ? [] : one({ 'docker.attributes.exitCode': code });
  },
  sentence: (count) => `had ${counted(count, ['container', 'containers'])} end with an error`,
  rule: {
    ...lifecycleRule,
    id: 'b81e1427-8e95-473f-b959-c77d9f1cd85c',
    title: 'More containers end with an error than in any hour before',
  },
};

const exitCodes: PatternQuantity = {
  kind: 'pattern',
  name: 'exit-codes',
  isTime: false,
  measures: (observation) => {
    const code = exitCodeOf(observation);
    return code === undefined ? [] : one({ 'docker.attributes.exitCode': code }, `exit code ${code}`);
  },
  sentence: (value) => `ended with ${value}, as it never did before`,
  rule: {
    ...lifecycleRule,
    id: '34b60fbd-6672-43fc-bb21-256add254f75',
    title: 'A container ends with an exit code never seen before',
  },
};

const execAt = (observation: Observation, isMeant: (exec: NonNullable<Observation['exec']>) => boolean) => {
  const exec = execOf(observation);
  if (exec === undefined || !isMeant(exec)) return [];
  return one({ 'exec.command': exec.command, 'exec.user': exec.user }, hourOfWeek(hourOf(observation.at)));
};

/** By a person at a terminal, most likely: their hours are others than those of programs. */
const isInteractive = ({ tty, open_stdin }: NonNullable<Observation['exec']>): boolean =>
  tty === true || open_stdin === true;

const execHours: PatternQuantity = {
  kind: 'pattern',
  name: 'exec-hours',
  isTime: true,
  measures: (observation) => execAt(observation, (exec) => !isInteractive(exec)),
  sentence: (value) => `had a command run in it by exec on ${value}, an hour in which it never had one`,
  rule: {
    ...execs.rule,
    id: 'ac9c2c1c-76de-4617-b0e8-d824d454d0ab',
    title: 'A command run by exec at an unusual time',
  },
};

const interactiveHours: PatternQuantity = {
  ...execHours,
  name: 'interactive-exec-hours',
  measures: (observation) => execAt(observation, isInteractive),
  sentence: (value) => `had an interactive exec on ${value}, an hour in which it never had one`,
  // The people are the same in all of them.
  pooledSentence: (value) => `had an interactive exec on ${value}, an hour in which no workload of its host had one`,
  rule: {
    ...execs.rule,
    id: 'dda526b8-931b-4299-9a30-66500b973a70',
    title: 'An interactive exec at an unusual time',
  },
};

/** What happens so many times an hour. */
export const rateQuantities: readonly RateQuantity[] = [execs, connections, newDestinations, starts, exits, failures];

/** When, and how, it happens. */
export const patternQuantities: readonly PatternQuantity[] = [exitCodes, execHours, interactiveHours];

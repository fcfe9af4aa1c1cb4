import type { Observation } from '../../../shared/observation.ts';
import type { Measure, PatternQuantity, QuantityRule, RateQuantity } from './quantity.ts';
import { hourOf, hourOfWeek } from './time.ts';

/**
 * What somebody asks an engine for, by type of object; not what it does by itself or as a consequence: starts by a restart policy, ends, a network
 * connected, a volume mounted. Execs have their own hours and rates, of each workload.
 */
const asked: Readonly<Record<string, ReadonlySet<string>>> = {
  container: new Set(['create', 'rename', 'update', 'commit']),
  image: new Set(['pull', 'push', 'load', 'import', 'tag', 'delete', 'save']),
  network: new Set(['create', 'update', 'destroy', 'remove']),
  volume: new Set(['create', 'destroy']),
  plugin: new Set(['create', 'pull', 'install', 'enable', 'disable', 'remove', 'upgrade']),
  service: new Set(['create', 'update', 'remove']),
  secret: new Set(['create', 'update', 'remove']),
  config: new Set(['create', 'update', 'remove']),
  node: new Set(['create', 'remove']),
  daemon: new Set(['reload']),
};

/** The engine names what nobody named, and makes and removes it with a container. */
const anonymous = /^[0-9a-f]{64}$/;

function askedFor({ docker, event }: Observation): Measure['fields'] | undefined {
  if (docker === undefined || event.source !== 'docker-event') return undefined;
  const { type, id, name } = docker;
  if (!Object.hasOwn(asked, type) || asked[type]?.has(event.action) !== true) return undefined;
  if (type === 'volume' && anonymous.test(id)) return undefined;
  return { 'docker.type': type, 'event.action': event.action, 'docker.name': name };
}

const rule: Omit<QuantityRule, 'id' | 'title'> = {
  catalogue: [],
  severity: 'low',
  techniques: ['T1610'],
  tactics: ['execution'],
  tier: 'engine',
  kinds: ['container_lifecycle', 'image', 'network', 'volume', 'plugin', 'daemon'],
};

const engineActions: RateQuantity = {
  kind: 'rate',
  name: 'engine-actions',
  subject: 'host',
  least: 20,
  measures: (observation) => {
    const fields = askedFor(observation);
    return fields === undefined ? [] : [{ value: 1, fields }];
  },
  sentence: (count) => `had its engine asked for ${count} things`,
  rule: {
    ...rule,
    id: '0b6e4f72-9d18-4a35-b7c2-51f8e3a06d94',
    title: 'More asked of the engine than in any hour before',
  },
};

const containerCreates: RateQuantity = {
  kind: 'rate',
  name: 'container-creates',
  subject: 'host',
  least: 10,
  measures: ({ kind, event, docker, container }) =>
    kind === 'container_lifecycle' && event.action === 'create' && docker?.type === 'container'
      ? [{ value: 1, fields: { 'container.image.name': container?.image.name } }]
      : [],
  sentence: (count) => `had ${count} containers created`,
  rule: {
    ...rule,
    id: 'c47a0d1e-6b93-4f58-8e21-f9d2753b8a60',
    title: 'More containers created than in any hour before',
    kinds: ['container_lifecycle'],
  },
};

const engineActionHours: PatternQuantity = {
  kind: 'pattern',
  name: 'engine-action-hours',
  subject: 'host',
  isTime: true,
  measures: (observation) => {
    const fields = askedFor(observation);
    return fields === undefined ? [] : [{ value: 1, text: hourOfWeek(hourOf(observation.at)), fields }];
  },
  sentence: (value) => `had its engine asked for something on ${value}, an hour in which it never was`,
  rule: { ...rule, id: '94d2b8c5-1e70-4c6f-a3b9-7d05f6e18c43', title: 'Engine asked for something at an unusual time' },
};

/** What of a host itself is a number. */
export const hostQuantities: readonly (RateQuantity | PatternQuantity)[] = [
  engineActions,
  containerCreates,
  engineActionHours,
];

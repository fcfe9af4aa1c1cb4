import { expect } from 'vitest';
import type { Correlator, GroupStore, Occurrence } from '../../../../../analyzer/sigma/correlation/contract.ts';
import { type CorrelatorOptions, createCorrelator } from '../../../../../analyzer/sigma/correlation/correlator.ts';
import { linkCorrelations } from '../../../../../analyzer/sigma/correlation/link.ts';
import { createMemoryStore } from '../../../../../analyzer/sigma/correlation/memory-store.ts';
import type { CorrelationSpec } from '../../../../../analyzer/sigma/correlation/spec.ts';
import type { Correlation } from '../../../../../analyzer/sigma/rule.ts';

/** A correlation around what a test is about. */
export function correlation(
  spec: Partial<CorrelationSpec> & Pick<CorrelationSpec, 'rules'>,
  info: Partial<Correlation> = {},
): Correlation {
  const id = info.id ?? 'seq';
  return {
    kind: 'correlation',
    id,
    label: id,
    title: id,
    level: 'high',
    logsource: {},
    catalogue: [],
    nature: 'event',
    tier: 'engine',
    summary: id,
    description: '',
    why: '',
    check: [],
    falsePositives: [],
    techniques: [],
    tactics: [],
    fields: [],
    hash: `hash of ${id}`,
    file: 'rules/seq.yml',
    line: 1,
    origin: 'rules',
    places: { rules: [], aliases: {} },
    ...info,
    correlation: {
      type: 'event_count',
      timespanMs: 10_000,
      groupBy: [],
      aliases: {},
      bounds: [{ op: 'gte', number: 1 }],
      fields: [],
      generate: false,
      ...spec,
    },
  };
}

/** Who refers to whom is linked; what is referred to by a name that is no correlation is a rule of that id. */
export function correlatorOf(
  correlations: readonly Correlation[],
  { store = createMemoryStore(), ...options }: CorrelatorOptions & { readonly store?: GroupStore } = {},
): Correlator {
  const names = correlations.flatMap(({ correlation: { rules } }) => rules);
  const own = new Set(correlations.flatMap(({ id, name }) => [id, ...(name === undefined ? [] : [name])]));
  const rules = [...new Set(names)]
    .filter((name) => !own.has(name))
    .map((id) => ({ id, file: 'rules/seq.yml', hash: '' }));
  const linked = linkCorrelations(
    correlations,
    rules.map((rule) => ({ ...rule, origin: 'rules' })),
  );
  expect(linked.problems).toEqual([]);
  return createCorrelator(linked.correlations, store, options);
}

export type Fields = Readonly<Record<string, unknown>>;

export const occurrence = (rule: string, at: number, fields: Fields = {}): Occurrence => ({
  rule,
  at,
  read(field) {
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (value === undefined) return [];
    return Array.isArray(value) ? (value as readonly unknown[]) : [value];
  },
});

/** An event at a time in seconds: rules that matched it, and its fields. */
export type Event = readonly [at: number, rules: string | readonly string[], fields?: Fields];

export const occurrencesOf = ([seconds, rules, fields]: Event): readonly Occurrence[] =>
  (typeof rules === 'string' ? [rules] : rules).map((rule) => occurrence(rule, Math.round(seconds * 1_000), fields));

/** Of every event: the ids that became true with it. */
export const idsOf = (correlator: Correlator, events: readonly Event[]): readonly (readonly string[])[] =>
  events.map((event) => correlator.take(occurrencesOf(event), 'host').map(({ correlation: { id } }) => id));

/** Indexes of the events at which the one correlation became true. */
export function fires(one: Correlation, events: readonly Event[], options: CorrelatorOptions = {}): readonly number[] {
  const ids = idsOf(correlatorOf([one], options), events);
  return ids.flatMap((found, index) => (found.length > 0 ? [index] : []));
}

import type { Correlation, LinkedCorrelation } from '../rule.ts';
import { advance, type Fired } from './advance.ts';
import type { Completed, Correlator, GroupStore, Occurrence } from './contract.ts';
import { type FieldOf, type GroupValues, groupsOf } from './groups.ts';
import { mostEntries } from './measure.ts';
import { type Kind, kindOf } from './window.ts';

/**
 * Why a correlation may have counted less than there was. `late`: an event came later than the bound and was not counted. `saturated`: more
 * was in a window than is kept. `cut`: an event has more values in its lists than are looked at.
 */
export type Inexact = 'late' | 'saturated' | 'cut';

export interface CorrelatorOptions {
  /** An event is put in its place when it comes at most so long after a later one of its group. Event time; default 5 min. */
  readonly latenessMs?: number;
  /** Entries kept per group at most, default `mostEntries`. At least 8. */
  readonly keep?: number;
  readonly onInexact?: (correlation: Correlation, why: Inexact) => void;
}

/** A correlation that runs. */
interface Running {
  readonly linked: LinkedCorrelation;
  readonly kind: Kind;
  readonly fieldOf: FieldOf;
  readonly key: string;
}

/** What of one event belongs to one group. */
interface Share {
  readonly key: string;
  readonly values: GroupValues;
  readonly at: number;
  readonly event: Occurrence[];
}

interface Means {
  readonly store: GroupStore;
  readonly latenessMs: number;
  readonly tell: (correlation: Correlation, why: Inexact) => void;
}

/** Runs correlations, inner ones before those that refer to them, as `linkCorrelations` gives them. */
export function createCorrelator(
  correlations: readonly LinkedCorrelation[],
  store: GroupStore,
  { latenessMs = 300_000, keep = mostEntries, onInexact }: CorrelatorOptions = {},
): Correlator {
  const running = correlations.map((linked): Running => {
    const fieldOf: FieldOf = (rule, name) => linked.fields.get(rule)?.get(name) ?? name;
    return { linked, fieldOf, kind: kindOf(linked, { fieldOf, latenessMs, keep }), key: stateKey(linked) };
  });
  const listeners = new Map<string, number[]>();
  for (const [index, { linked }] of running.entries()) {
    for (const rule of linked.rules) listeners.set(rule, [...(listeners.get(rule) ?? []), index]);
  }
  const means: Means = { store, latenessMs, tell: (correlation, why) => onInexact?.(correlation, why) };

  return {
    take(occurrences, scope) {
      const heard = new Map<number, Occurrence[]>();
      const hear = (occurrence: Occurrence): void => {
        for (const index of listeners.get(occurrence.rule) ?? []) {
          const list = heard.get(index);
          if (list === undefined) heard.set(index, [occurrence]);
          else list.push(occurrence);
        }
      };
      for (const occurrence of occurrences) hear(occurrence);
      if (heard.size === 0) return [];
      const completed: Completed[] = [];
      // Whoever refers to an inner one stands behind it.
      for (let index = Math.min(...heard.keys()); index < running.length && heard.size > 0; index += 1) {
        const event = heard.get(index);
        const one = running[index];
        if (event === undefined || one === undefined) continue;
        heard.delete(index);
        for (const { done, occurrence } of run(means, one, { event, scope })) {
          completed.push(done);
          hear(occurrence);
        }
      }
      return completed;
    },
  };
}

/** Part of the key of every group of a correlation, between the scope and the values; another one when it or what it hears of changes. */
export const stateKey = ({ correlation: { id }, hash }: LinkedCorrelation): string => JSON.stringify([id, hash]);

interface Done {
  readonly done: Completed;
  readonly occurrence: Occurrence;
}

function run(
  means: Means,
  running: Running,
  { event, scope }: { readonly event: readonly Occurrence[]; readonly scope: string },
): readonly Done[] {
  const { correlation } = running.linked;
  const { store, latenessMs, tell } = means;
  const done: Done[] = [];
  const told = new Set<Occurrence>();
  for (const share of shares(means, running, { event, scope })) {
    const { values, isCut } = running.kind.adds(share.event);
    if (isCut) tell(correlation, 'cut');
    if (values.length === 0) continue;
    const { state, fired, note } = advance(running.kind, store.get(share.key), { at: share.at, added: values });
    if (note !== undefined) tell(correlation, note);
    if (note !== 'late')
      store.set(share.key, state, (state.times.at(-1) ?? share.at) + running.kind.timespanMs + latenessMs);
    // A list in a group field puts one event into several groups: what it completes in all of them is one thing.
    const last = share.event.at(-1);
    if (fired === undefined || last === undefined || told.has(last)) continue;
    told.add(last);
    done.push(completion(correlation, { fired, values: share.values, last }));
  }
  return done;
}

/** By group, and by time: an inner correlation may be true at another time than the event that says so. */
function shares(
  { tell }: Means,
  { linked: { correlation }, fieldOf, key }: Running,
  { event, scope }: { readonly event: readonly Occurrence[]; readonly scope: string },
): readonly Share[] {
  const found = new Map<string, Share>();
  for (const occurrence of event) {
    const { groups, isCut } = groupsOf(occurrence, correlation.correlation.groupBy, fieldOf);
    if (isCut) tell(correlation, 'cut');
    for (const values of groups) {
      const group = `${scope}\n${key}\n${JSON.stringify(values)}`;
      const place = `${occurrence.at}\n${group}`;
      const share = found.get(place);
      if (share === undefined) found.set(place, { key: group, values, at: occurrence.at, event: [occurrence] });
      else share.event.push(occurrence);
    }
  }
  return [...found.values()].sort((a, b) => a.at - b.at);
}

/** What others hear of it: the values of its group by their names there, and for other names the event that completed it. */
function completion(
  correlation: Correlation,
  { fired, values, last }: { readonly fired: Fired; readonly values: GroupValues; readonly last: Occurrence },
): Done {
  const { groupBy } = correlation.correlation;
  const { value, from, to } = fired;
  const group = Object.fromEntries(groupBy.map((name, index) => [name, values[index] ?? null]));
  const occurrence: Occurrence = {
    rule: correlation.id,
    at: to,
    read(field) {
      const index = groupBy.indexOf(field);
      if (index < 0) return last.read(field);
      const own = values[index] ?? null;
      return own === null ? [] : [own];
    },
  };
  return { done: { correlation, group, value, from, to }, occurrence };
}

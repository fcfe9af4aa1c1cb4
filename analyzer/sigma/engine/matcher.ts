import type { Fields } from '../fields.ts';
import type { Expression } from '../language/expression.ts';
import { eventText } from '../language/values.ts';
import { createAtoms } from './atoms.ts';
import { createPlan, type Plan } from './plan.ts';
import { createPredicateCompiler, type Run } from './predicates.ts';
import { createScans, type FieldScan } from './scan.ts';
import type { MatcherStats } from './stats.ts';
import { type EventView, viewOf } from './view.ts';

/** What is matched: an expression, and others that are only asked once it is true. */
export interface Entry {
  readonly expression: Expression;
  readonly further: readonly Expression[];
}

export type OnError = (entry: number, error: unknown) => void;

/**
 * Entries over events of one shape. An event is given as an object (`match`), or piece by piece: `begin`, then `present` and the scans of its
 * fields, then `finish` with a view of it for whatever the scans do not settle.
 */
export interface Matcher {
  /** Field names by number; the empty name stands for every value of the event. */
  readonly fields: readonly string[];
  readonly scans: readonly FieldScan[];
  begin(): void;
  present(field: number): void;
  /** Numbers of the entries that are true, ascending. An entry that throws is told and taken as false. */
  finish(view: EventView, onError?: OnError): readonly number[];
  match(event: unknown, onError?: OnError): readonly number[];
  /** Of an entry that is true of the event just finished: which of its further expressions are false. */
  fails(entry: number): readonly number[];
  stats(): MatcherStats;
}

export function createMatcher(entries: readonly Entry[], fields: Fields): Matcher {
  const atoms = createAtoms();
  const run: Run = { event: 0, view: emptyView, seen: new Float64Array(0) };
  const compiler = createPredicateCompiler(atoms, run);
  const compiled = entries.map(({ expression }) => compiler.compile(expression));
  const further = entries.map((entry) => entry.further.map((one) => compiler.compile(one)));
  const predicates = compiler.done();
  run.seen = new Float64Array(atoms.count);
  const plan = createPlan(
    compiled.map(({ need }) => need),
    atoms,
  );
  const queue = createQueue(entries.length, { plan, run });
  const scans = createScans(atoms, queue.mark);
  const presentAtoms = atoms.fields.map((_, field) => atoms.known(field, 'present') ?? -1);
  const count = { tried: 0, matched: 0 };

  const begin = (): void => {
    run.event += 1;
    queue.clear();
  };
  const present = (field: number): void => {
    const atom = presentAtoms[field] ?? -1;
    if (atom >= 0) queue.mark(atom);
  };
  const finish = (view: EventView, onError?: OnError): readonly number[] => {
    run.view = view;
    if (queue.entries.length === 0 && plan.always.length === 0) {
      plan.eventOver();
      return nothing;
    }
    const found: number[] = [];
    const attempt = (entry: number): void => {
      try {
        if (compiled[entry]?.holds() === true) found.push(entry);
      } catch (error) {
        onError?.(entry, error);
      }
    };
    for (const entry of queue.entries) attempt(entry);
    for (const entry of plan.always) attempt(entry);
    count.tried += queue.entries.length + plan.always.length;
    count.matched += found.length;
    plan.eventOver();
    return found.length > 1 ? found.sort((a, b) => a - b) : found;
  };
  const scanObject = createObjectScan({ fields: atoms.fields, scans, present }, fields);
  return {
    fields: atoms.fields,
    scans,
    begin,
    present,
    finish,
    match(event, onError) {
      begin();
      return finish(scanObject(event), onError);
    },
    fails: (entry) => (further[entry] ?? []).flatMap((one, index) => (one.holds() ? [] : [index])),
    stats: () => ({
      entries: entries.length,
      predicates,
      atoms: atoms.count,
      witnesses: plan.witnesses(),
      events: run.event,
      candidates: count.tried,
      matches: count.matched,
    }),
  };
}

const nothing: readonly number[] = [];
const emptyView: EventView = { present: () => false, values: () => [], everything: () => [] };

/** Entries that atoms of the event under way made candidates, each once. */
function createQueue(size: number, { plan, run }: { readonly plan: Plan; readonly run: Run }) {
  const queued = new Float64Array(size);
  const entries: number[] = [];
  const mark = (atom: number): void => {
    if (run.seen[atom] === run.event) return;
    run.seen[atom] = run.event;
    for (const entry of plan.seen(atom)) {
      if (queued[entry] === run.event) continue;
      queued[entry] = run.event;
      entries.push(entry);
    }
  };
  const clear = (): void => {
    if (entries.length > 0) entries.length = 0;
  };
  return { entries, mark, clear };
}

/** Scans the fields of an object, and gives the view of it. */
function createObjectScan(
  { fields: names, scans, present }: Pick<Matcher, 'fields' | 'scans' | 'present'>,
  fields: Fields,
): (event: unknown) => EventView {
  const readers = names.map((name) => fields(name));
  const keywords = names.indexOf('');
  const scanValues = (field: number, values: readonly unknown[]): void => {
    for (const value of values) {
      const text = eventText(value);
      if (text !== undefined) scans[field]?.text(text);
    }
  };
  return (event) => {
    const view = viewOf(event, readers);
    for (let field = 0; field < names.length; field += 1) {
      if (field === keywords || !view.present(field)) continue;
      present(field);
      scanValues(field, view.values(field));
    }
    if (keywords >= 0) scanValues(keywords, view.everything());
    return view;
  };
}

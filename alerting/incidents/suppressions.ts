import type { StateChange } from '../../shared/bus/port.ts';
import type { IncidentDecision } from '../../shared/decision.ts';
import { type Finding, worstSeverity } from '../../shared/finding.ts';
import { neverHiddenText } from '../../shared/never-hidden.ts';
import { type Suppression, scopeProblem, verdictOn } from '../../shared/suppression.ts';
import { applied, type Outcome, refused } from './outcome.ts';
import { suppressionKey } from './persist.ts';

/** The suppressions of a partition: what they hide is counted, and they end by record time. */
export interface Suppressions {
  /** Id of the suppression that keeps that finding out of incidents, if one does; counted there. */
  hide(finding: Finding): string | undefined;
  /** The same without counting it. */
  hiding(finding: Finding): string | undefined;
  /** A condition that it hid gave way, and is not told when it ends. */
  forgot(id: string): void;
  add(decision: IncidentDecision & { readonly order: { readonly type: 'suppress' } }, now: number): Outcome;
  /** Ends it; undefined when that host has none of that id. */
  end(id: string, host: { readonly id: string }): Suppression | undefined;
  /** Ends the one whose time is over first by that log time. */
  expire(logged: number): Suppression | undefined;
  /** Log time at which the next one ends. */
  nextExpiry(): number | undefined;
  /** What changed since it was last asked. */
  changes(): readonly StateChange[];
}

export interface SuppressionOptions {
  readonly partition: number;
  readonly restored: readonly Suppression[];
  /** Longest time for which a finding may be hidden, ms. */
  readonly longestMs: number;
  readonly most: number;
}

/** Clocks of who asks and of the log may differ by so much, ms. */
const clockDifferenceMs = 300_000;

export function createSuppressions({ partition, restored, longestMs, most }: SuppressionOptions): Suppressions {
  const all = new Map([...restored].sort(byBeginning).map((one) => [one.id, one]));
  const touched = new Set<string>();
  const set = (one: Suppression): void => {
    all.set(one.id, one);
    touched.add(one.id);
  };
  const remove = ({ id }: Suppression): void => {
    all.delete(id);
    touched.add(id);
  };

  return {
    hide: (finding) => {
      let by: string | undefined;
      for (const one of all.values()) {
        const verdict = verdictOn(one, finding);
        if (verdict === 'told') set({ ...one, told: one.told + 1 });
        // A finding that several fit is counted by the first.
        if (verdict !== 'suppressed' || by !== undefined) continue;
        by = one.id;
        set(counted(one, finding));
      }
      return by;
    },
    hiding: (finding) => [...all.values()].find((one) => verdictOn(one, finding) === 'suppressed')?.id,
    forgot: (id) => {
      const one = all.get(id);
      if (one !== undefined) set({ ...one, forgotten: (one.forgotten ?? 0) + 1 });
    },
    add: (decision, now) => {
      const { scope, expiresAt } = decision.order;
      const problem = scopeProblem(scope);
      if (problem !== undefined) return refused(problem);
      if (all.has(decision.id)) return refused('it is there already');
      if (expiresAt <= now) return refused('its time is over already');
      if (expiresAt > now + longestMs + clockDifferenceMs)
        return refused(`a suppression lasts at most ${days(longestMs)} (incidents.suppressionMaxDays)`);
      if (all.size >= most) return refused(`there are ${most} suppressions already, as many as are kept`);
      const { id, host, actor, reason } = decision;
      const since = { createdAt: now, expiresAt, suppressed: 0, told: 0 };
      set({ id, host, scope, owner: actor.name, reason, ...since });
      return applied(`suppressed until ${new Date(expiresAt).toISOString()}; ${neverHiddenText}`);
    },
    end: (id, host) => {
      const known = all.get(id);
      if (known === undefined || known.host.id !== host.id) return undefined;
      remove(known);
      return known;
    },
    expire: (logged) => {
      const [over] = [...all.values()]
        .filter(({ expiresAt }) => expiresAt <= logged)
        .sort((a, b) => a.expiresAt - b.expiresAt || byBeginning(a, b));
      if (over !== undefined) remove(over);
      return over;
    },
    nextExpiry: () => {
      const least = [...all.values()].reduce(
        (soonest, one) => Math.min(soonest, one.expiresAt),
        Number.POSITIVE_INFINITY,
      );
      return Number.isFinite(least) ? least : undefined;
    },
    changes: () => {
      const changes = [...touched].map((id) => {
        const one = all.get(id);
        return { key: suppressionKey(partition, id), value: one === undefined ? null : JSON.stringify(one) };
      });
      touched.clear();
      return changes;
    },
  };
}

const byBeginning = (a: Suppression, b: Suppression): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

const counted = (one: Suppression, { severity, at }: Finding): Suppression => ({
  ...one,
  suppressed: one.suppressed + 1,
  worst: worstSeverity(one.worst ?? severity, severity),
  lastAt: Math.max(one.lastAt ?? at, at),
});

/** What became of it, for the audit log. @param uncovered conditions that it hid, that are still so and that are told now */
export function hidText({ suppressed, worst, forgotten = 0 }: Suppression, uncovered: number): string {
  if (worst === undefined && uncovered + forgotten === 0) return 'it hid nothing';
  return [
    // What another one hid first is counted there, and may have been hidden by this one alone in the end.
    worst === undefined
      ? 'it hid nothing that another did not hide first'
      : `it hid ${suppressed} ${suppressed === 1 ? 'finding' : 'findings'}, ${worst} at worst`,
    ...(uncovered === 0 ? [] : [`${conditions(uncovered)} still so and told now`]),
    ...(forgotten === 0
      ? []
      : [`${conditions(forgotten)} not told now, whether still so or not: too many to remember`]),
  ].join('; ');
}

const conditions = (count: number): string => (count === 1 ? '1 condition is' : `${count} conditions are`);

const days = (ms: number): string => {
  const count = Math.round((ms / 86_400_000) * 10) / 10;
  return count === 1 ? '1 day' : `${count} days`;
};

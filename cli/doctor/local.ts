import { healthOfAll } from '../processes/health-file.ts';
import { holderOf } from '../processes/hold.ts';
import { livenessOf } from '../processes/identity.ts';
import { type Finding, ok, warn } from './check.ts';

/** A part that runs on this state directory, by what it left there: neither feed nor log is asked. */
export interface LocalPart {
  readonly part: string;
  readonly pid: number;
  /** What keeps it from its work, or is worth knowing. */
  readonly told: readonly string[];
}

/** Processes that are alive; one that was just started has not said anything yet. */
export function localParts(directory: string): readonly LocalPart[] {
  const told = healthOfAll(directory)
    .filter(({ health }) => livenessOf(health) === 'alive')
    .map(({ part, health: { pid, problem, notes } }): LocalPart => {
      return { part, pid, told: [...(problem === undefined ? [] : [problem]), ...notes] };
    });
  const known = new Set(told.map(({ pid }) => pid));
  const held = new Map<number, string[]>();
  for (const part of ['collector', 'analyzer', 'alerting']) {
    const pid = holderOf(directory, part);
    if (pid !== undefined && !known.has(pid)) held.set(pid, [...(held.get(pid) ?? []), part]);
  }
  return [...told, ...[...held].map(([pid, parts]) => ({ part: parts.join(' and '), pid, told: ['it is starting'] }))];
}

/** Whether one of them is to serve a feed here: alerting by itself, a monitor, `moorwatch up`. */
export const feedIsMeant = (directory: string, parts: readonly LocalPart[]): boolean =>
  holderOf(directory, 'alerting') !== undefined || parts.some(({ part }) => part === 'alerting' || part === 'monitor');

/** No feed answers, though something runs here. */
export function feedFinding(isMeant: boolean): Finding {
  return isMeant
    ? warn(
        'running',
        'no feed answers here: its part waits for the log, or cannot listen',
        'the lines above say whether the log answers; its own log says the rest',
      )
    : ok('running', 'no feed is meant to be here: what parts elsewhere say is told by the doctor where alerting runs');
}

export function localFindings(parts: readonly LocalPart[]): readonly Finding[] {
  return parts.flatMap(({ part, pid, told }) => {
    const name = `${part} here, process ${pid}`;
    if (told.length === 0) return [ok('running', `${name}, has nothing to complain about`)];
    return told.map((text) => warn('running', `${name}: ${text}`, 'see the lines above, and its log'));
  });
}

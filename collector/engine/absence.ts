import type { GapFacts } from '../../shared/observation.ts';

export interface Absence {
  readonly now: number;
  /** When the last collector of this host said that it lives; undefined: this one did not just start. */
  readonly lastBeat: number | undefined;
  /** When this process lost the engine; undefined: it did not. */
  readonly lostAt: number | undefined;
}

/** How often a collector with nothing to do writes down that it lives. */
export const beatMs = 5_000;
/** Shorter absences than two beats are not worth a word. */
const blindMs = 2 * beatMs;

/** What was not watched in an absence, beside the events, which the engine may replay. */
export function absenceGap({ now, lastBeat, lostAt }: Absence): GapFacts | undefined {
  const to = Math.trunc(now);
  if (lastBeat !== undefined && to - lastBeat > blindMs)
    return gap('collector-stopped', { from: lastBeat, to, scope: ['connections', 'resources'] });
  if (lostAt !== undefined && to - lostAt > blindMs)
    return gap('engine-unreachable', { from: Math.trunc(lostAt), to, scope: ['resources'] });
  return undefined;
}

function gap(
  reason: 'collector-stopped' | 'engine-unreachable',
  { from, to, scope }: { from: number; to: number; scope: readonly string[] },
): GapFacts {
  const what = reason === 'collector-stopped' ? 'the collector did not run' : 'the engine did not answer';
  const text = `${what} for ${Math.round((to - from) / 1000)} s; ${scope.join(' and ')} of that time are unknown`;
  return { from, to, reason, scope, text };
}

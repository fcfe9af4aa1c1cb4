import type { GapFacts, HostRef, Observation } from '../../../shared/observation.ts';
import type { Happening } from '../../../shared/telemetry/happenings.ts';
import type { Telemetry } from '../../../shared/telemetry/telemetry.ts';
import type { SweptContainer } from '../../sweeps.ts';
import { gapObservation } from '../gaps.ts';
import { createLeftOuts, type Left } from './left-out.ts';
import type { LeftOut } from './told.ts';

/** Questions that are not told: all of them are counted, and become gaps. */
export interface Missed {
  /** It is not known whose they are. */
  unattributed(count: number, reason: Extract<Happening, { name: 'dnsUnattributed' }>['reason']): void;
  /** A line of the script says nothing that can be understood. */
  unreadable(): void;
  /** The kernel had no room for so many. */
  lost(count: number): void;
  /** Beyond a container's share. */
  beyond(left: LeftOut): void;
  /** The gaps to be told now. */
  gaps(): readonly Observation[];
}

export interface MissedOptions {
  readonly telemetry: Telemetry;
  host(): HostRef | undefined;
  now(): number;
}

/** Whose gap it is: a container's, or the host's, which then has none to lay it to. */
type GapOf = SweptContainer | keyof typeof hostGaps;

/** How many they were is not in the sentence: it would be another each time. */
const hostGaps = {
  unattributed: 'containers asked the DNS, and it is not known which: these questions are not told',
  unreadable: 'what the sensor dns was told of questions to the DNS could not be read',
  lost: 'the kernel had no room for all questions to the DNS that the sensor dns was to be told',
} as const;

/** Counts come once in a second, of that second. */
const tickMs = 1_000;

export function createMissed({ telemetry, host, now }: MissedOptions): Missed {
  const left = createLeftOuts<GapOf>();
  const ofHost = (of: keyof typeof hostGaps, count: number): void => {
    const at = Math.trunc(now());
    left.add(of, of, { from: at - tickMs, to: at, count });
  };
  return {
    unattributed: (count, reason) => {
      telemetry.happened({ name: 'dnsUnattributed', count, reason });
      ofHost('unattributed', count);
    },
    unreadable: () => {
      telemetry.happened({ name: 'dnsMalformed', count: 1, what: 'line' });
      ofHost('unreadable', 1);
    },
    lost: (count) => {
      telemetry.happened({ name: 'observationDropped', reason: 'kernel-buffer-full', count });
      ofHost('lost', count);
    },
    beyond: ({ container, ...of }) => {
      telemetry.happened({ name: 'observationDropped', reason: 'too-many-queries', count: of.count });
      left.add(container.id, container, of);
    },
    gaps: () => {
      const whose = host();
      return whose === undefined ? [] : left.due(Math.trunc(now())).map((one) => gapOf(whose, one));
    },
  };
}

function gapOf(host: HostRef, { of, from, to, count }: Left & { readonly of: GapOf }): Observation {
  const times = { from, to, scope: ['dns'], lost: count } as const;
  if (typeof of === 'string') {
    const gap: GapFacts = { ...times, reason: 'sensor-failed', text: hostGaps[of] };
    return gapObservation(host, gap, `dns ${of}`);
  }
  const text = 'it asked the DNS more often than is told: some of its questions were left out';
  return { ...gapObservation(host, { ...times, reason: 'too-many-queries', text }, of.id), ...of.at(to) };
}

import { escapeControl } from '../../shared/escape.ts';
import type { Severity } from '../../shared/finding.ts';
import type { IncidentChange, IncidentStatus, LineChange } from '../../shared/incident.ts';
import { shown } from './facts.ts';

/** An enumeration's number with the caption that stands beside it. */
export type Coded = readonly [id: number, caption: string];

/** `severity_id`, `severity`. */
export const severityCodes: Readonly<Record<Severity, Coded>> = {
  informational: [1, 'Informational'],
  low: [2, 'Low'],
  medium: [3, 'Medium'],
  high: [4, 'High'],
  critical: [5, 'Critical'],
};

/** `activity_id` of findings. */
export const activity = { create: [1, 'Create'], update: [2, 'Update'], close: [3, 'Close'] } as const satisfies Record<
  string,
  Coded
>;
export type Activity = (typeof activity)[keyof typeof activity];

/** What becomes of an incident with an update; one that is merged is closed and goes on in another. */
export const incidentActivities: Readonly<Record<IncidentChange, Activity>> = {
  opened: activity.create,
  grown: activity.update,
  acknowledged: activity.update,
  reopened: activity.update,
  closed: activity.close,
  merged: activity.close,
};

/** What becomes of a finding with an update. */
export const lineActivities: Readonly<Record<LineChange, Activity>> = {
  new: activity.create,
  more: activity.update,
  ended: activity.close,
};

/** `status_id` of an Incident Finding. */
export const incidentStatusCodes: Readonly<Record<IncidentStatus, Coded>> = {
  open: [1, 'New'],
  acknowledged: [2, 'In Progress'],
  closed: [5, 'Closed'],
};

/** `status_id` of a Detection Finding. */
export const detectionStatusCodes: Readonly<Record<IncidentStatus, Coded>> = {
  open: [1, 'New'],
  acknowledged: [2, 'In Progress'],
  closed: [4, 'Resolved'],
};

/** `analytic.type_id`: a rule, rules in an order, a learned profile. */
export const analyticCodes = {
  signature: [1, 'Rule'],
  sequence: [1, 'Rule'],
  deviation: [3, 'Statistical'],
} as const satisfies Record<string, Coded>;

/** `confidence_id`: a rule matched to the letter, or something is merely unusual. */
export const confidenceCodes = {
  signature: [3, 'High'],
  sequence: [3, 'High'],
  deviation: [2, 'Medium'],
} as const satisfies Record<string, Coded>;

/** ms since the epoch; undefined for what is no time. */
export const timestamp = (ms: number | undefined): number | undefined =>
  ms === undefined || Number.isNaN(new Date(ms).getTime()) ? undefined : Math.trunc(ms);

export const integer = (value: number | undefined): number | undefined =>
  Number.isSafeInteger(value) ? value : undefined;

export interface Cutter {
  /** The text with controlling and invisible characters shown as `\u{…}`, at most so many bytes; `…` at the end of what was cut. */
  text(value: string, most: number): string;
  /** At most so many of a list. */
  list<T>(values: readonly T[], most: number): readonly T[];
  /** Whether anything was cut. */
  readonly isCut: boolean;
}

/** Cuts the values of one event, and remembers whether it had to. */
export function createCutter(): Cutter {
  let isCut = false;
  return {
    text: (value, most) => {
      // A character is one byte at least, so what is longer was cut.
      isCut ||= value.length > most || Buffer.byteLength(escapeControl(value)) > most;
      return shown(value, most);
    },
    list: (values, most) => {
      isCut ||= values.length > most;
      return values.slice(0, most);
    },
    get isCut() {
      return isCut;
    },
  };
}
